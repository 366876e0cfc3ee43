/** The servers that the agent used, and whether their own processes are traced. */
import { REGISTER } from './preload-words';
import type { Evidence } from './evidence';
import { findingsOf, type Findings } from './finding';
import type { SeenSession, Snapshot } from './snapshot';

const { ok, warn } = findingsOf('servers');

/** Programs that run Node in the end. */
const NODE_PROGRAM = /^(?:node|nodejs|npx|npm|pnpm|pnpx|yarn|tsx|ts-node)$/;

/** Connections to one server, taken together. */
interface Server extends Omit<SeenSession, 'role'> {
  connections: number;
}

export function* checkServers(evidence: Evidence): Findings {
  const { agent, run } = evidence;
  if (agent === undefined) return;
  const servers = serversOf(agent);
  const processes = startedBy(agent, run?.snapshots ?? []);
  const untraced = untracedOf(servers, processes.filter(isTracedServer), run?.preloadedUnprobed ?? 0);
  for (const server of servers) {
    if (server.failure !== undefined && !server.isConnected) yield notConnected(server);
    else yield ok('server', describe(server, untraced.includes(server)));
  }
  if (untraced.length > 0) yield notPreloaded(untraced, agent, processes);
  const served = agent.sessions.filter(({ role }) => role === 'server');
  if (served.length === 0) return;
  const calls = served.reduce((sum, session) => sum + session.calls, 0);
  yield ok(
    'server',
    `serves ${count(served.length, 'connection')} over ${served[0]!.transport}: ${count(calls, 'request')}`,
  );
}

function serversOf({ sessions }: Snapshot): Server[] {
  const servers = new Map<string, Server>();
  for (const session of sessions) {
    if (session.role !== 'client') continue;
    const key = `${session.transport} ${session.serverId}`;
    const known = servers.get(key);
    if (known === undefined) {
      servers.set(key, { ...session, connections: 1 });
      continue;
    }
    known.connections += 1;
    known.calls += session.calls;
    known.errors += session.errors;
    known.denied += session.denied;
    known.isConnected ||= session.isConnected;
  }
  return [...servers.values()];
}

/** What has loaded the probe below the agent: those that it gave its environment. */
function startedBy({ pid }: Snapshot, all: readonly Snapshot[]): Snapshot[] {
  const below = new Set([pid]);
  const found: Snapshot[] = [];
  for (let more = true; more;) {
    const next = all.filter((one) => below.has(one.ppid) && !below.has(one.pid));
    found.push(...next);
    for (const one of next) below.add(one.pid);
    more = next.length > 0;
  }
  return found;
}

function isTracedServer({ isHooked, sessions }: Snapshot): boolean {
  return isHooked && sessions.some(({ role, transport }) => role === 'server' && transport === 'stdio');
}

/** Those that no traced process can be: first by name, then by number. */
function untracedOf(
  servers: readonly Server[],
  traced: readonly Snapshot[],
  preloadedUnprobed: number,
): readonly Server[] {
  const ofNode = servers.filter(
    ({ transport, command, isConnected }) =>
      transport === 'stdio' && isConnected && NODE_PROGRAM.test(command ?? ''),
  );
  const missing = ofNode.length - traced.length - preloadedUnprobed;
  if (missing <= 0) return [];
  const isNamed = ({ serverId }: Server): boolean =>
    traced.some(({ script }) => script?.includes(serverId.replace(/#\w+$/, '')) === true);
  const unnamed = ofNode.filter((server) => !isNamed(server));
  return [...unnamed, ...ofNode.filter((server) => isNamed(server))].slice(0, missing);
}

function describe(server: Server, isUntraced: boolean): string {
  const { serverId, transport, command, calls, errors, denied } = server;
  const counts = [
    count(calls, 'request'),
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(denied > 0 ? [`${denied} denied`] : []),
  ];
  return `${serverId} (${transport}): ${counts.join(', ')}${ownProcess(transport, command, isUntraced)}`;
}

function ownProcess(
  transport: Server['transport'],
  command: string | undefined,
  isUntraced: boolean,
): string {
  if (transport !== 'stdio' || command === undefined) return '';
  if (!NODE_PROGRAM.test(command))
    return `; started by ${command}, which is not Node: it has no SERVER spans of ours`;
  return isUntraced ? '; its own process is not traced' : '; its own process is traced as well';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function notConnected({ serverId, transport, failure }: Server) {
  const isDenied = failure === 'access_denied';
  return warn(
    'server-not-connected',
    `${serverId} (${transport}): no connection, ${failure}`,
    isDenied ? 'the policy does not allow this server' : 'the agent cannot use it',
    isDenied
      ? 'allow it in the policy’s servers; npx otel-mcp policy explain says by which rule it is denied'
      : transport === 'stdio'
        ? 'start the server by hand, and see what it says'
        : 'see whether its URL answers, and whether it asks for credentials',
  );
}

/** Elsewhere than on Linux the environment of other processes cannot be read. */
const UNSEEN = process.platform === 'linux' ? '' : ', unless it is given NODE_OPTIONS of its own';

function notPreloaded(servers: readonly Server[], agent: Snapshot, processes: readonly Snapshot[]) {
  const names = servers.map(({ serverId }) => serverId).join(', ');
  const isV2 = agent.sdkFiles.some(({ file }) => /@modelcontextprotocol[\\/]client[\\/]/.test(file));
  const from = isV2 ? '@modelcontextprotocol/client/stdio' : '@modelcontextprotocol/sdk/client/stdio.js';
  const byFlag = agent.preload !== 'NODE_OPTIONS';
  // It got the agent's environment, and the preload is not in that.
  const inherits = processes.some(({ isHooked }) => !isHooked);
  return warn(
    'server-not-preloaded',
    `${names}: its own process does not preload this package`,
    inherits
      ? 'it inherits the agent’s environment, but a flag of Node is not in that: its SERVER spans are missing'
      : `the SDK gives a stdio server PATH, HOME and little else, not NODE_OPTIONS: its SERVER spans are missing${UNSEEN}`,
    ...(byFlag
      ? [`preload by the environment, not by a flag: export NODE_OPTIONS="--require ${REGISTER}"`]
      : []),
    ...(inherits
      ? []
      : [
          'and pass it on, with the variables that say where telemetry goes:',
          `  import { getDefaultEnvironment, StdioClientTransport } from '${from}';`,
          '  const told = Object.entries(process.env).filter(([name]) => /^(NODE_OPTIONS$|OTEL_)/.test(name));',
          '  new StdioClientTransport({ command, args, env: { ...getDefaultEnvironment(), ...Object.fromEntries(told) } });',
          `in a JSON file of servers: "env": { "NODE_OPTIONS": "--require ${REGISTER}" }`,
        ]),
  );
}
