/**
 * `server_id`: a readable name of a server that cannot hold a secret.
 *
 * The full transport identity (URL, or command and arguments) tells servers apart; only a part of it that is safe to
 * show becomes the name, and a suffix tells two identities with one name apart.
 */
import { keyedHash } from '../core/hash-key';
import { settingsOfServer } from '../core/server-settings';
import { findProgram } from './program-name';
import type { TransportLike } from './shapes';
import { NO_TRANSPORT, serverUrl, stdioParameters, transportKind } from './transport';

export interface ServerNaming {
  /** Full transport identity. May hold secrets. */
  readonly identity: string;
  readonly serverId: string;
}

const MAX_NAME = 120;

/** Name → how many distinct identities have had it, and identity → name given. */
const namesakes = new Map<string, number>();
const given = new Map<string, string>();
const MAX_REMEMBERED = 1_000;

/** Names the server that `transport` leads to: as its owner does, else readably and the same for the life of the process. */
export function nameServer(transport: TransportLike): ServerNaming {
  const naming = readableName(transport);
  return { identity: naming.identity, serverId: settingsOfServer(naming.identity).alias ?? naming.serverId };
}

function readableName(transport: TransportLike): ServerNaming {
  if (transport === NO_TRANSPORT) return { identity: 'unknown', serverId: 'unknown' };
  const stdio = stdioParameters(transport);
  if (stdio !== undefined) {
    const identity = JSON.stringify([stdio.command, ...stdio.args]);
    const { name, hasFurtherArguments } = findProgram(stdio.command, stdio.args);
    return { identity, serverId: distinguish(name.slice(0, MAX_NAME), identity, hasFurtherArguments) };
  }
  const url = serverUrl(transport);
  // Not `URL.origin`, which is "null" for ws: in some runtimes. User info, path and query are not in these two.
  if (url !== undefined) return { identity: url.href, serverId: `${url.protocol}//${url.host}` };
  const kind = transportKind(transport);
  const name = kind === 'custom' ? (transport as object).constructor?.name || 'custom' : kind;
  return { identity: name, serverId: name.slice(0, MAX_NAME) };
}

/** With a key the suffix is the same on every start; without one it counts in the order of first connection. */
function distinguish(name: string, identity: string, hasFurtherArguments: boolean): string {
  const hash = keyedHash(identity, 6);
  if (hash !== undefined) return hasFurtherArguments ? `${name}#${hash}` : name;
  const known = given.get(identity);
  if (known !== undefined) return known;
  // Enough servers for one process: from here on namesakes share a name.
  if (given.size >= MAX_REMEMBERED) return name;
  const nth = (namesakes.get(name) ?? 0) + 1;
  namesakes.set(name, nth);
  const serverId = nth > 1 ? `${name}#${nth}` : name;
  given.set(identity, serverId);
  return serverId;
}
