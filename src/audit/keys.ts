/** Keys of the audit log: one secret of the owner's, from which one key is derived for each purpose. */
import { createHash, createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { canonicalText } from './canonical';

/** `kid` of a log without a key. */
export const EPHEMERAL = 'ephemeral';

/** Fewer bytes than this can be guessed. */
const MIN_SECRET_BYTES = 32;
/** Of larger parameters the hash covers the size and a beginning. */
const MAX_HASHED_BYTES = 65_536;

export interface AuditKeys {
  /** First 8 hex digits of SHA-256 of the secret, or `ephemeral`. */
  readonly kid: string;
  /** Keys the chain; `undefined`: it is plain SHA-256, which protects against accidents alone. */
  readonly chain: KeyObject | undefined;
  /** Keys hashes of parameters; without a secret a random one of this process. */
  readonly params: KeyObject;
}

/** @param secret - content of the key file; `undefined`: there is none */
export function auditKeys(secret: Buffer | undefined): AuditKeys {
  if (secret === undefined) {
    return { kid: EPHEMERAL, chain: undefined, params: createSecretKey(randomBytes(32)) };
  }
  return {
    kid: createHash('sha256').update(secret).digest('hex').slice(0, 8),
    chain: derive(secret, 'chain'),
    params: derive(secret, 'params'),
  };
}

/**
 * The secret in a key file, byte for byte: a line end at its end counts.
 *
 * @throws when the file cannot be read, or holds less than 32 bytes
 */
export function readSecret(file: string): Buffer {
  const secret = readFileSync(file);
  if (secret.length >= MIN_SECRET_BYTES) return secret;
  throw new Error(
    `the audit key file ${file} holds ${secret.length} bytes; write ${MIN_SECRET_BYTES} random bytes or more into it, such as by \`openssl rand -hex 32\``,
  );
}

export interface ParamsHash {
  readonly hash: string;
  readonly bytes: number;
  readonly isTruncated: boolean;
}

/** `hmac-sha256:` and 64 hex digits over the canonical JSON of `value`; past 64 kB over its size and beginning. */
export function hashParams(value: unknown, keys: AuditKeys): ParamsHash {
  const { text, bytes, isComplete } = canonicalText(value, MAX_HASHED_BYTES);
  const hmac = createHmac('sha256', keys.params);
  if (!isComplete) hmac.update(`${bytes}:`);
  return { hash: `hmac-sha256:${hmac.update(text).digest('hex')}`, bytes, isTruncated: !isComplete };
}

function derive(secret: Buffer, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `otel-mcp audit v1 ${purpose}`, 32)));
}
