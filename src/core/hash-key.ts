/** Keyed hashes of what identifies someone: user ids, server arguments. Unkeyed hashes of them never leave. */
import type * as Crypto from 'node:crypto';
import { readFileSync } from 'node:fs';

import { warnOnce } from './diagnostics';
import { readEnvironment } from './environment';

let key: Buffer | undefined;
let asked = false;

/**
 * The first `digits` hex digits of HMAC-SHA-256 of `value`.
 *
 * @returns `undefined` without a key: none is set, or its file cannot be read
 */
export function keyedHash(value: string, digits: number): string | undefined {
  const secret = hashKey();
  if (secret === undefined) return undefined;
  // Loaded here: most processes never hash, and it costs their start milliseconds.
  const { createHmac } = require('node:crypto') as typeof Crypto;
  return createHmac('sha256', secret).update(value).digest('hex').slice(0, digits);
}

/** Content of the file that `MCP_AUDIT_KEY_FILE` names. */
export function hashKey(): Buffer | undefined {
  if (asked) return key;
  asked = true;
  const file = readEnvironment('MCP_AUDIT_KEY_FILE');
  if (file === undefined) return undefined;
  try {
    const content = readFileSync(file);
    if (content.length > 0) key = content;
    else
      warnOnce(
        'hash-key',
        `MCP_AUDIT_KEY_FILE is empty (${file}); write a random secret of 32 bytes or more into it`,
      );
  } catch (error) {
    warnOnce('hash-key', `MCP_AUDIT_KEY_FILE cannot be read (${(error as Error).message})`);
  }
  return key;
}
