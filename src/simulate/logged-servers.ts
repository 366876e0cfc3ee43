/**
 * Which entry of a policy a server of an audit log is. The log has its `server_id` alone: the alias of the policy that was
 * in force, else a readable name. Where that leaves a doubt, the doubt is told.
 */
import { globMatches } from '../core/glob';
import { parseUrl } from '../core/parse-url';
import { ServerAliases } from '../guards/server-allowlist';
import type { Policy } from '../policy/schema';
import type { NamedServer } from './servers';
import { commandLineOf, exampleOf, isLiteral, serverByTransport } from './servers';

type Servers = Policy['servers'];
type ServerMatch = NonNullable<Servers[string]['match']>;

export interface LoggedServer extends NamedServer {
  /** The entry; `*` where only that is left, `undefined` where there is none. */
  readonly alias: string | undefined;
  /** Why another entry may be its own; absent when none can. */
  readonly doubt?: string | undefined;
  /** `identity` is the very one that the connection had. */
  readonly isExact: boolean;
}

interface Choice {
  readonly alias: string | undefined;
  readonly doubt?: string | undefined;
}

export class LoggedServers {
  private readonly aliases: ServerAliases;
  private count = 0;

  /**
   * @param servers - of the policy that is to decide
   * @param transports - by `server_id`, as somebody says
   */
  constructor(
    private readonly servers: Servers,
    private readonly transports: ReadonlyMap<string, string>,
  ) {
    this.aliases = new ServerAliases(servers);
  }

  /** @param recorded - of the policy that was in force when the line was written, where it is known */
  of(serverId: string, recorded: Servers | undefined): LoggedServer {
    const said = this.transports.get(serverId);
    if (said !== undefined) {
      const { identity } = serverByTransport(said);
      return { identity, serverId, alias: this.orAny(this.aliases.named(identity)), isExact: true };
    }
    const match =
      recorded !== undefined && Object.hasOwn(recorded, serverId) ? recorded[serverId]?.match : undefined;
    const { alias, doubt } = match === undefined ? this.byName(serverId) : this.byMatch(match);
    const isExact = match !== undefined && isLiteral(match);
    const identity = match === undefined ? serverByTransport(serverId).identity : exampleOf(match).identity;
    return {
      identity: isExact ? identity : this.distinct(identity),
      serverId,
      alias: this.orAny(alias),
      doubt,
      isExact,
    };
  }

  private orAny(alias: string | undefined): string | undefined {
    return alias ?? ('*' in this.servers ? '*' : undefined);
  }

  /** Limits are counted by it: two servers of the log stay two. */
  private distinct(identity: string): string {
    this.count += 1;
    const line = commandLineOf(identity);
    return line === undefined ? `${identity}#${this.count}` : JSON.stringify([...line, `#${this.count}`]);
  }

  private byMatch(match: ServerMatch): Choice {
    for (const [alias, { match: own }] of this.entries()) {
      if (own === undefined || !mayOverlap(own, match)) continue;
      if (JSON.stringify(own) === JSON.stringify(match)) return { alias };
      const guess = this.aliases.named(exampleOf(match).identity);
      return { alias: guess, doubt: doubtAbout(guess) };
    }
    return { alias: undefined };
  }

  private byName(serverId: string): Choice {
    // The policy that was in force is not known: an alias of this one is taken for the same.
    if (Object.hasOwn(this.servers, serverId)) return { alias: serverId };
    const url = parseUrl(serverId);
    return url !== undefined && /^[a-z]+:\/\//.test(serverId) ? this.byOrigin(url) : this.byProgram(serverId);
  }

  private byOrigin(url: URL): Choice {
    for (const [alias, { match }] of this.entries()) {
      const [, scheme = '', host = '', path = '/*'] =
        /^([a-z][a-z0-9+.*-]*):\/\/([^/]*)(\/.*)?$/i.exec(match?.url ?? '') ?? [];
      if (!globMatches(scheme.toLowerCase(), url.protocol.slice(0, -1))) continue;
      if (!globMatches(host.toLowerCase(), url.host)) continue;
      return path === '/*' ? { alias } : { alias, doubt: doubtAbout(alias) };
    }
    return { alias: undefined };
  }

  private byProgram(serverId: string): Choice {
    const commands = this.entries().filter(([, { match }]) => match?.command !== undefined);
    if (commands.length === 0 || serverId === 'inmemory') return { alias: undefined };
    const name = serverId.replace(/#[0-9a-f]+$/, '');
    const alias = commands.find(
      ([, { match }]) => match !== undefined && exampleOf(match).serverId === name,
    )?.[0];
    return { alias, doubt: doubtAbout(alias) };
  }

  private entries(): [string, Servers[string]][] {
    return Object.entries(this.servers);
  }
}

function doubtAbout(alias: string | undefined): string {
  return alias === undefined
    ? 'how it is started, or its whole URL, is not in the log: taken for none of the named servers'
    : `how it is started, or its whole URL, is not in the log: taken for \`${alias}\``;
}

/** `false` where no transport can be matched by both. */
function mayOverlap(one: ServerMatch, other: ServerMatch): boolean {
  if (one.url !== undefined && other.url !== undefined) {
    const hosts = [hostOf(one.url), hostOf(other.url)] as const;
    return hosts.some((host) => isGlob(host)) || hosts[0] === hosts[1];
  }
  if (one.command === undefined || other.command === undefined) return false;
  const pairs: [string, string][] = [[baseName(one.command), baseName(other.command)]];
  for (const [index, arg] of (one.args ?? []).entries()) {
    const against = other.args?.[index];
    if (against !== undefined) pairs.push([arg, against]);
  }
  return pairs.every(([a, b]) => isGlob(a) || isGlob(b) || a === b);
}

const isGlob = (text: string): boolean => /[*?]/.test(text);

const hostOf = (url: string): string => /^[^:]+:\/\/([^/]*)/.exec(url)?.[1]?.toLowerCase() ?? '';

const baseName = (command: string): string => command.replace(/^.*[\\/]/, '');
