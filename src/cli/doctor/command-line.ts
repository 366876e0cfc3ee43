/** What can be said of a command before it runs: which runtime it starts, and where our preload stands in it. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, extname, join, resolve } from 'node:path';

import { preloadIn, REGISTER, wordsOf } from './preload-words';
import type { PreloadPlace } from './snapshot';

export interface CommandLine {
  readonly words: readonly string[];
  /** `launcher`: something that may start Node in the end, such as npm, tsx or a shell script. */
  readonly runtime: 'node' | 'bun' | 'deno' | 'launcher' | 'native';
  /** Of Node, where it is Node that the command names. */
  readonly version: string | undefined;
  readonly preload: PreloadPlace | undefined;
  /** A batch file of Windows, such as npm.cmd. */
  readonly needsShell: boolean;
  /** Under Node's permission model the probe has to be let in. */
  readonly hasPermissions: boolean;
  /** The command as it has to be typed to preload us. */
  readonly corrected: string;
}

/** Node's options whose value may be a word of its own. */
const WITH_VALUE = new Set(
  (
    '-r --require --import --loader --experimental-loader -C --conditions -e --eval -p --print -pe --input-type --env-file ' +
    '--env-file-if-exists --title --icu-data-dir --openssl-config --tls-cipher-list --tls-keylog --unhandled-rejections ' +
    '--dns-result-order --disable-warning --max-http-header-size --diagnostic-dir --cpu-prof-dir --cpu-prof-name ' +
    '--cpu-prof-interval --heap-prof-dir --heap-prof-name --heap-prof-interval --heapsnapshot-signal ' +
    '--heapsnapshot-near-heap-limit --redirect-warnings --report-dir --report-directory --report-filename --report-signal ' +
    '--trace-event-categories --trace-event-file-pattern --secure-heap --secure-heap-min --inspect-port --debug-port ' +
    '--inspect-publish-uid --localstorage-file --watch-path --allow-fs-read --allow-fs-write --run --policy ' +
    '--experimental-policy --policy-integrity --experimental-default-type --experimental-config-file'
  ).split(' '),
);

const VERSION_TIMEOUT_MS = 5_000;

export function readCommand(words: readonly string[], environment: NodeJS.ProcessEnv): CommandLine {
  const [program = ''] = words;
  const cwd = process.cwd();
  const file = findProgram(program, environment);
  const runtime = runtimeOf(program, file);
  const scriptAt = runtime === 'node' ? scriptIndex(words) : 1;
  const inOptions = preloadIn(wordsOf(environment['NODE_OPTIONS'] ?? ''), cwd);
  // Of other programs nobody knows which of their words are Node's: the run tells.
  const before = runtime === 'node' ? preloadIn(words.slice(1, scriptAt), cwd) : undefined;
  const behind = preloadIn(words.slice(scriptAt + (runtime === 'node' ? 1 : 0)), cwd);
  return {
    words,
    runtime,
    version: runtime === 'node' ? versionOf(file ?? program) : undefined,
    preload: placeOf(before, inOptions, runtime === 'node' ? behind : undefined),
    needsShell: /\.(?:cmd|bat)$/i.test(file ?? ''),
    hasPermissions: words.slice(1, scriptAt).some((word) => /^--(?:experimental-)?permission$/.test(word)),
    corrected: corrected(words, runtime, scriptAt, behind),
  };
}

function placeOf(before: unknown, inOptions: unknown, behind: unknown): PreloadPlace | undefined {
  if (before !== undefined) return 'flag';
  if (inOptions !== undefined) return 'NODE_OPTIONS';
  return behind === undefined ? undefined : 'argument';
}

/** Where the script stands; behind the end when there is none. */
function scriptIndex(words: readonly string[]): number {
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index]!;
    if (word === '--') return index + 1;
    if (word === '-' || !word.startsWith('-')) return index;
    if (WITH_VALUE.has(word)) index += 1;
  }
  return words.length;
}

/** The flag before the script where the command is Node's own; else by `NODE_OPTIONS`, which reaches what it starts. */
function corrected(
  words: readonly string[],
  runtime: CommandLine['runtime'],
  scriptAt: number,
  behind: readonly string[] | undefined,
): string {
  const rest = words.slice(scriptAt);
  const at = behind === undefined ? -1 : rest.indexOf(behind[0]!);
  if (behind !== undefined && at !== -1) rest.splice(at, behind.length);
  if (runtime !== 'node')
    return `NODE_OPTIONS="--require ${REGISTER}" ${shown([...words.slice(0, scriptAt), ...rest])}`;
  const preload = behind ?? ['--require', REGISTER];
  return shown([...words.slice(0, 1), ...preload, ...words.slice(1, scriptAt), ...rest]);
}

/** As it is typed into a shell; without what is called a secret. */
export function shown(words: readonly string[]): string {
  return withoutSecrets(words)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}

const SECRET = /^(--?[\w-]*(?:key|token|secret|passw|auth|credential)[\w-]*)(=.*)?$/is;

/** Values of `--api-key=…`, `--token …` and the like are left out. */
export function withoutSecrets(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const [, name, value] = SECRET.exec(word) ?? [];
    if (name !== undefined) return value === undefined ? word : `${name}=***`;
    const [, before, valueBefore] = SECRET.exec(words[index - 1] ?? '') ?? [];
    return before !== undefined && valueBefore === undefined && !word.startsWith('-') ? '***' : word;
  });
}

function runtimeOf(program: string, file: string | undefined): CommandLine['runtime'] {
  const own = runtimeNamed(program);
  if (own !== undefined) return own;
  if (file === undefined) return 'launcher';
  const head = headOf(file);
  if (!head.startsWith('#!')) return isBinary(head) ? 'native' : 'launcher';
  const interpreter = /^#!\s*(\S+)(?:[ \t]+(?:-S[ \t]+)?(\S+))?/.exec(head);
  const name = basename(interpreter?.[1] ?? '') === 'env' ? interpreter?.[2] : interpreter?.[1];
  const found = runtimeNamed(name ?? '');
  // Its own words are the script's: no flag of Node can be among them.
  return found === 'node' ? 'launcher' : (found ?? 'launcher');
}

function runtimeNamed(program: string): 'node' | 'bun' | 'deno' | undefined {
  const name = basename(program, extname(program).toLowerCase() === '.exe' ? extname(program) : '');
  if (name === 'node' || name === 'nodejs') return 'node';
  if (name === 'bun' || name === 'bunx') return 'bun';
  return name === 'deno' ? 'deno' : undefined;
}

function isBinary(head: string): boolean {
  return head.startsWith('\u007FELF') || head.startsWith('MZ') || head.includes('\0');
}

/** As the shell finds it; `undefined` when it does not. */
function findProgram(program: string, environment: NodeJS.ProcessEnv): string | undefined {
  const folders = /[\\/]/.test(program) ? [''] : (environment['PATH'] ?? '').split(delimiter);
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat'] : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const path = folder === '' ? resolve(program + ending) : join(folder, program + ending);
      try {
        if (statSync(path).isFile()) return realpathSync(path);
      } catch {
        // Not there.
      }
    }
  }
  return undefined;
}

function headOf(file: string): string {
  try {
    const fd = openSync(file, 'r');
    try {
      const head = Buffer.alloc(256);
      return head.toString('latin1', 0, readSync(fd, head, 0, head.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}

/** `20.6.1`; `undefined` when it does not say. */
function versionOf(program: string): string | undefined {
  const { NODE_OPTIONS: _, ...env } = process.env;
  try {
    const said = execFileSync(program, ['--version'], {
      env,
      timeout: VERSION_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /^v?(\d+\.\d+\.\d+)/.exec(said.toString().trim())?.[1];
  } catch {
    return undefined;
  }
}
