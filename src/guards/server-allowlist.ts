/** Which servers may be used, known by their transport and never by the name they give themselves. */
import type { Session } from '../core/call';
import { globMatches } from '../core/glob';
import { parseUrl } from '../core/parse-url';
import type { Policy } from '../policy/schema';
import type { Finding, PureGuard } from './guard';
import { ALLOWED } from './guard';

type ServerEntry = Policy['servers'][string];
type ServerMatch = NonNullable<ServerEntry['match']>;

const ANY_SERVER = '*';

/** File system servers by what is started: the package or script name among the arguments. */
const FILESYSTEM =
  /(?:^|[\\/@-])(?:server-filesystem|filesystem-server|mcp-filesystem|filesystem-mcp)(?:$|[@.\\/])/i;

/** Finds the policy's entry for a connection, once per connection. */
export class ServerAliases {
  private readonly known = new WeakMap<Session, string | null>();

  constructor(private readonly servers: Policy['servers']) {}

  /** The alias, `*` where only that matches, `undefined` where nothing does. */
  of(session: Session): string | undefined {
    let alias = this.known.get(session);
    if (alias === undefined) {
      alias = this.named(session.identity) ?? (ANY_SERVER in this.servers ? ANY_SERVER : null);
      this.known.set(session, alias);
    }
    return alias ?? undefined;
  }

  /** The alias of a transport identity, if the policy names it. */
  named(identity: string): string | undefined {
    const entries = Object.entries(this.servers);
    return entries.find(([, { match }]) => match !== undefined && matchesTransport(match, identity))?.[0];
  }
}

/** @param filesystem - what holds for file system servers of which the policy does not speak */
export function createServerAllowlist(
  servers: Policy['servers'],
  filesystem: { readonly enabled: boolean } = { enabled: false },
): PureGuard {
  return {
    name: 'server_allowlist',
    check({ call, server }): Finding {
      const entry = server === undefined ? undefined : servers[server];
      const rule = server;
      if (entry?.action === 'deny')
        return { verdict: 'deny', reason: 'server_denied', rule, mode: entry.mode };
      const isFilesystem = entry?.filesystem !== undefined || isFilesystemServer(call.session);
      if (isFilesystem && !(entry?.filesystem?.enabled ?? filesystem.enabled)) {
        return { verdict: 'deny', reason: 'filesystem_disabled', rule, mode: entry?.mode };
      }
      return ALLOWED;
    },
  };
}

/**
 * @param identity - `Session.identity`: a URL, or a JSON array of command and arguments
 */
function matchesTransport(match: ServerMatch, identity: string): boolean {
  const started = commandLine(identity);
  if (match.url !== undefined) return started === undefined && matchesUrl(match.url, identity);
  if (match.command === undefined || started === undefined) return false;
  const [command = '', ...args] = started;
  const wanted = match.args ?? [];
  return (
    globMatches(match.command, /[\\/]/.test(match.command) ? command : baseName(command)) &&
    wanted.length <= args.length &&
    wanted.every((pattern, index) => globMatches(pattern, args[index] ?? ''))
  );
}

/** Scheme, host and the rest are matched apart: a `*` for a host must not reach into the path of another one. */
function matchesUrl(pattern: string, identity: string): boolean {
  const parts = /^([a-z][a-z0-9+.*-]*):\/\/([^/]*)(\/.*)?$/i.exec(pattern);
  const url = parseUrl(identity);
  if (parts === null || url === undefined) return false;
  const [, scheme = '', host = '', path = '/*'] = parts;
  return (
    globMatches(scheme.toLowerCase(), url.protocol.slice(0, -1)) &&
    globMatches(host.toLowerCase(), url.host) &&
    globMatches(path, url.pathname + url.search)
  );
}

const filesystemServers = new WeakMap<Session, boolean>();

/** Whether a server is one of files, by what is started. */
export function isFilesystemServer(session: Session): boolean {
  let isOne = filesystemServers.get(session);
  if (isOne === undefined) {
    isOne = commandLine(session.identity)?.some((part) => FILESYSTEM.test(part)) ?? false;
    filesystemServers.set(session, isOne);
  }
  return isOne;
}

function commandLine(identity: string): readonly string[] | undefined {
  if (!identity.startsWith('[')) return undefined;
  try {
    return JSON.parse(identity) as string[];
  } catch {
    // A custom transport's class name that begins with a bracket.
    return undefined;
  }
}

function baseName(command: string): string {
  return command.replace(/^.*[\\/]/, '').replace(/\.(?:exe|cmd|bat)$/i, '');
}
