/** The secret that keys every hash we emit: user ids, server arguments. Unkeyed hashes of them never leave. */
import { readFileSync } from 'node:fs';

import { warnOnce } from './diagnostics';
import { readEnvironment } from './environment';

let key: Buffer | undefined;
let asked = false;

/** Content of the file that `MCP_AUDIT_KEY_FILE` names, or `undefined` when none is set or it cannot be read. */
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
