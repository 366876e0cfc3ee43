/**
 * `${env:NAME}` and `${file:PATH}` in texts of a policy; `$${` is a plain `${`.
 *
 * What they stand for may be secret: it is in {@link Interpolated.value} alone, and no problem quotes it.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Path } from './problem';

/** A Kubernetes secret is at most 1 MiB; a password or URL is far less. */
const MAX_FILE_BYTES = 65_536;

const REFERENCE = /\$(\$?)\{([^}]*)(\}?)/g;

export interface Interpolated {
  /** The policy with the values in it. */
  readonly value: unknown;
  /** Texts that had one, as they are written. */
  readonly texts: readonly { readonly path: Path; readonly written: string }[];
  /** Files that were named. */
  readonly files: readonly string[];
  readonly problems: readonly InterpolationProblem[];
}

export interface InterpolationProblem {
  readonly path: Path;
  readonly found: string;
  readonly remedy: string;
}

/** @param folder - what the paths of `${file:PATH}` are relative to */
export function interpolate(value: unknown, folder: string): Interpolated {
  const texts: { path: Path; written: string }[] = [];
  const files: string[] = [];
  const problems: InterpolationProblem[] = [];

  const walk = (at: unknown, path: Path): unknown => {
    if (typeof at === 'string') return fill(at, path);
    if (Array.isArray(at)) return at.map((entry, index) => walk(entry, [...path, index]));
    if (typeof at !== 'object' || at === null) return at;
    return Object.fromEntries(Object.entries(at).map(([key, entry]) => [key, walk(entry, [...path, key])]));
  };

  const fill = (written: string, path: Path): string => {
    const filled = written.replaceAll(REFERENCE, (whole, escape: string, body: string, close: string) => {
      if (escape !== '') return whole.slice(1);
      const wrong = whatIsWrong(body, close !== '');
      if (wrong === undefined) return whole;
      if (wrong !== '') {
        problems.push({ path, found: `\`${whole}\`: ${wrong}`, remedy: FORM });
        return '';
      }
      const result = body.startsWith('env:') ? fromEnvironment(body.slice(4)) : fromFile(body.slice(5));
      if ('text' in result) return result.text;
      problems.push({ path, found: `\`${whole}\` ${result.found}`, remedy: result.remedy });
      return '';
    });
    if (filled !== written) texts.push({ path, written });
    return filled;
  };

  const fromFile = (name: string): Result => {
    const file = resolve(folder, name);
    files.push(file);
    return readSecret(file);
  };

  return { value: walk(value, []), texts, files, problems };
}

type Result = { readonly text: string } | { readonly found: string; readonly remedy: string };

const FORM = 'write `${env:NAME}` or `${file:PATH}`, or `$${` for a plain `${`';

/** `undefined`: the braces mean something else, such as a repetition; empty: a reference in order. */
function whatIsWrong(body: string, isClosed: boolean): string | undefined {
  const [, source, name] = /^\s*([A-Za-z_]\w*)\s*(:.*)?$/s.exec(body) ?? [];
  if (source === undefined) return undefined;
  if (!isClosed) return 'the closing brace is missing';
  if (name === undefined) return 'no source is named';
  if (source !== 'env' && source !== 'file') return `unknown source \`${source}\``;
  return name.length > 1 && body.startsWith(source) ? '' : 'nothing is named';
}

function fromEnvironment(name: string): Result {
  const text = process.env[name];
  if (text !== undefined && text !== '') return { text };
  const found = text === undefined ? 'is not set' : 'is empty';
  return { found, remedy: `set the environment variable ${name} of the agent’s process` };
}

function readSecret(file: string): Result {
  const remedy = 'write the value into a file that the agent may read, and name that';
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { found: 'is no file', remedy };
    if (stat.size > MAX_FILE_BYTES) return { found: `is larger than ${MAX_FILE_BYTES} bytes`, remedy };
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? { found: 'is empty', remedy } : { text };
  } catch (error) {
    return { found: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`, remedy };
  }
}
