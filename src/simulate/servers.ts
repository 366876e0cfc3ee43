/** Servers that nobody is connected to: by an alias of the policy, or by a transport as somebody writes it down. */
import type { Session } from '../core/call';
import { parseUrl } from '../core/parse-url';
import { ServerAliases } from '../guards/server-allowlist';
import type { Policy } from '../policy/schema';
import { findProgram } from '../sdk/program-name';

type Servers = Policy['servers'];
type ServerMatch = NonNullable<Servers[string]['match']>;

const ANY = '*';

/** How a server was understood. */
export interface NamedServer {
  /** Full transport identity, as a connection has it. */
  readonly identity: string;
  readonly serverId: string;
  /** The policy’s alias by which it was named; absent when it was named by its transport. */
  readonly alias?: string | undefined;
}

/** Aliases of connections that were not made: where one is known by its alias alone, that holds. */
export class SimulatedAliases extends ServerAliases {
  private readonly given = new WeakMap<Session, string | null>();

  /** @param alias - `undefined`: no entry of the policy is this server’s */
  put(session: Session, alias: string | undefined): void {
    this.given.set(session, alias ?? null);
  }

  override of(session: Session): string | undefined {
    const alias = this.given.get(session);
    return alias === undefined ? super.of(session) : (alias ?? undefined);
  }
}

/**
 * What `name` stands for: an alias of `servers`, a URL, a JSON array of command and arguments, or a command line.
 * A word that is none of these is a command without arguments.
 */
export function serverNamed(name: string, servers: Servers): NamedServer {
  const entry = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (entry === undefined) return serverByTransport(name);
  const example = entry.match === undefined ? undefined : exampleOf(entry.match);
  const { serverId, identity } = example ?? { identity: 'unknown', serverId: 'unknown' };
  return { identity, serverId: name === ANY ? serverId : name, alias: name };
}

export function serverByTransport(text: string): NamedServer {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    const url = parseUrl(text);
    return url === undefined ? known(text) : { identity: url.href, serverId: `${url.protocol}//${url.host}` };
  }
  const line = text.startsWith('[') ? commandLineOf(text) : wordsOf(text);
  const [command, ...args] = line ?? [];
  if (command === undefined) return known(text);
  return { identity: JSON.stringify([command, ...args]), serverId: findProgram(command, args).name };
}

const known = (text: string): NamedServer => ({ identity: text, serverId: text });

/** Command and arguments of an identity; `undefined`: it is that of no stdio server. */
export function commandLineOf(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Words of a command line: white space separates, single or double quotes hold together. */
function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single),
  );
}

/** A transport that the entry matches: its globs with nothing in place of `*`. */
export function exampleOf({ url, command, args = [] }: ServerMatch): NamedServer {
  if (url !== undefined) return serverByTransport(hostFilled(url));
  return serverByTransport(
    JSON.stringify([filled(command ?? '') || 'command', ...args.map((arg) => filled(arg))]),
  );
}

/** A host of globs alone would be no host. */
function hostFilled(url: string): string {
  const [, scheme = '', host = '', path = ''] = /^([^:]+):\/\/([^/]*)(.*)$/.exec(url) ?? [];
  return `${filled(scheme) || 'https'}://${filled(host, 'x')}${filled(path)}`;
}

function filled(glob: string, by = ''): string {
  return glob.replaceAll('*', by).replaceAll('?', 'x');
}

/** Whether the entry matches one transport and no other. */
export function isLiteral({ url }: ServerMatch): boolean {
  return url !== undefined && !/[*?]/.test(url) && parseUrl(url)?.href === url;
}

/** A connection of which nothing is known but its server. */
export function sessionOf({ identity, serverId }: NamedServer, sessionId?: string): Session {
  return {
    role: 'client',
    startedAt: 0,
    transport: identity.startsWith('[') ? 'stdio' : 'streamable_http',
    identity,
    serverId,
    protocolVersion: undefined,
    sessionId,
    serverName: undefined,
    clientName: undefined,
  };
}
