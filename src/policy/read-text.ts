/** Reads a policy, or a file of rules that it names. */
import { readFileSync, statSync } from 'node:fs';

const MAX_BYTES = 1_048_576;

/** Why a file cannot be used. */
export interface Unreadable {
  readonly found: string;
  readonly remedy: string;
}

/** @param what - the file is to be, such as `policy` */
export function readText(file: string, what: string): string | Unreadable {
  const bytes = readBytes(file, what);
  if (!Buffer.isBuffer(bytes)) return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { found: 'the file is not UTF-8', remedy: 'save it as UTF-8' };
  }
}

function readBytes(file: string, what: string): Buffer | Unreadable {
  try {
    const stat = statSync(file);
    if (stat.isFile() && stat.size <= MAX_BYTES) return readFileSync(file);
    if (!stat.isFile()) return { found: 'it is no file', remedy: `name the ${what} file itself` };
    return { found: `the file is larger than ${MAX_BYTES} bytes`, remedy: `write a smaller ${what}` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return {
      found: `the file cannot be read (${code})`,
      remedy: 'name a file that is there and that the agent may read',
    };
  }
}
