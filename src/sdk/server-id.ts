/**
 * `server_id`: a readable name of a server that cannot hold a secret.
 *
 * The full transport identity (URL, or command and arguments) tells servers apart; only a part of it that is safe to
 * show becomes the name, and a suffix tells two identities with one name apart.
 */
import { createHmac } from 'node:crypto';

import { hashKey } from '../core/hash-key';
import type { TransportLike } from './shapes';
import { NO_TRANSPORT, serverUrl, stdioParameters, transportKind } from './transport';

export interface ServerNaming {
  /** Full transport identity. May hold secrets. */
  readonly identity: string;
  readonly serverId: string;
}

const PACKAGE_RUNNERS = new Set(['npx', 'bunx', 'pnpx', 'uvx']);
const PACKAGE_MANAGERS = new Set(['npm', 'pnpm', 'yarn', 'bun']);
const RUN_WORDS = new Set(['exec', 'dlx', 'x']);
/** Options of package runners without a value; after any other option the next word may be its value. */
const BARE_OPTIONS = new Set([
  '-y',
  '--yes',
  '-q',
  '--quiet',
  '--no-install',
  '--prefer-offline',
  '--offline',
  '--',
]);
/** Options of node, python and the like whose value is a file or word of its own, not the program. */
const VALUE_OPTIONS = new Set(
  '-r --require --import --loader --experimental-loader --env-file -C --conditions -W -X -m -e'.split(' '),
);
const PACKAGE_NAME = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(?=@|$)/i;
const SCRIPT_NAME = /[^/\\]+\.(?:[cm]?[jt]sx?|py|rb|php|jar)$/i;
const INSTALLED_PACKAGE = /node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)[/\\](?!.*node_modules)/;
const MAX_NAME = 120;

/** Name → how many distinct identities have had it, and identity → name given. */
const namesakes = new Map<string, number>();
const given = new Map<string, string>();
const MAX_REMEMBERED = 1_000;

/** Names the server that `transport` leads to; the same identity gets the same name for the life of the process. */
export function nameServer(transport: TransportLike): ServerNaming {
  if (transport === NO_TRANSPORT) return { identity: 'unknown', serverId: 'unknown' };
  const stdio = stdioParameters(transport);
  if (stdio !== undefined) {
    const identity = JSON.stringify([stdio.command, ...stdio.args]);
    const name = programName(stdio.command, stdio.args);
    return { identity, serverId: distinguish(name, identity, hasFurtherArguments(name, stdio.args)) };
  }
  const url = serverUrl(transport);
  // `URL.origin` is "null" for ws: in some runtimes; protocol and host never hold user info, path or query.
  if (url !== undefined) return { identity: url.href, serverId: `${url.protocol}//${url.host}` };
  const kind = transportKind(transport);
  const name = kind === 'custom' ? (transport as object).constructor?.name || 'custom' : kind;
  return { identity: name, serverId: name.slice(0, MAX_NAME) };
}

/** npm package or script base name found in the arguments, else the base name of the command. */
export function programName(command: string, args: readonly string[]): string {
  const program = baseName(command).replace(/\.(?:exe|cmd|bat)$/i, '');
  const name = packageName(program, args) ?? scriptName(args) ?? program;
  return name.slice(0, MAX_NAME);
}

function packageName(program: string, args: readonly string[]): string | undefined {
  let from = 0;
  if (PACKAGE_MANAGERS.has(program)) {
    from = args.findIndex((arg) => RUN_WORDS.has(arg)) + 1;
    if (from === 0) return undefined;
  } else if (!PACKAGE_RUNNERS.has(program)) {
    return undefined;
  }
  const word = firstWord(args.slice(from));
  return word === undefined ? undefined : PACKAGE_NAME.exec(word)?.[0];
}

/** First argument that is neither an option nor possibly an option's value. */
function firstWord(args: readonly string[]): string | undefined {
  return args.find((arg, index) => {
    const before = args[index - 1];
    return (
      !arg.startsWith('-') && (before === undefined || !before.startsWith('-') || BARE_OPTIONS.has(before))
    );
  });
}

/** The first word is the program; what follows are its own arguments, which are never shown. */
function scriptName(args: readonly string[]): string | undefined {
  const script = args.find((arg, index) => {
    const before = args[index - 1];
    return !arg.startsWith('-') && (before === undefined || !VALUE_OPTIONS.has(before));
  });
  if (script === undefined) return undefined;
  const installed = INSTALLED_PACKAGE.exec(script)?.[1];
  return installed?.replace('\\', '/') ?? SCRIPT_NAME.exec(script)?.[0];
}

function hasFurtherArguments(name: string, args: readonly string[]): boolean {
  return args.some((arg) => !arg.startsWith('-') && !RUN_WORDS.has(arg) && !arg.includes(name));
}

function distinguish(name: string, identity: string, furtherArguments: boolean): string {
  const known = given.get(identity);
  if (known !== undefined) return known;
  // Enough servers for one process: from here on namesakes share a name.
  if (given.size >= MAX_REMEMBERED) return name;
  const key = hashKey();
  let serverId = name;
  if (key !== undefined) {
    if (furtherArguments) {
      serverId = `${name}#${createHmac('sha256', key).update(identity).digest('hex').slice(0, 6)}`;
    }
  } else {
    const nth = (namesakes.get(name) ?? 0) + 1;
    namesakes.set(name, nth);
    if (nth > 1) serverId = `${name}#${nth}`;
  }
  given.set(identity, serverId);
  return serverId;
}

function baseName(path: string): string {
  return path.split(/[/\\]/).pop() || path;
}
