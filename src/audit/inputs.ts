/** Which files are meant by a path, a folder or a glob. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import picomatch from 'picomatch';

import { compareFileNames } from './file-name';

/** Standard input. */
export const STDIN = '-';

const LOG = /\.(?:jsonl|log)(?:\.gz)?$/;

/**
 * Files in the order in which they are to be read. A folder stands for the logs in it, not for folders in it.
 *
 * @param inputs - paths, folders, globs, or `-`
 * @throws when an input names nothing
 */
export function filesOf(inputs: readonly string[]): string[] {
  const found = new Set(inputs.flatMap((input) => (input === STDIN ? [input] : expand(input))));
  return [...found].toSorted(
    (a, b) => compareFileNames(basename(a), basename(b)) || (a < b ? -1 : Number(a > b)),
  );
}

function expand(input: string): string[] {
  const stat = statSync(input, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) {
    return readdirSync(input)
      .filter((name) => LOG.test(name))
      .map((name) => join(input, name));
  }
  if (stat !== undefined) return [input];
  const files = glob(input);
  if (files.length === 0) throw new Error(`no audit log at ${input}`);
  return files;
}

function glob(pattern: string): string[] {
  const { base, isGlob, prefix } = picomatch.scan(pattern) as ReturnType<typeof picomatch.scan> & {
    prefix: string;
  };
  if (!isGlob) return [];
  const root = base === '' ? prefix || '.' : base;
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const matches = picomatch(pattern);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => matches(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
