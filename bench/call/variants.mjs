/**
 * The rows of the call benchmark, in the order in which they are printed.
 *
 * `sdk` limits a row to one SDK major; `peer` names what `npm run bench:peers` must have installed; `preload` is
 * loaded before the program; `expects` is what its telemetry must have seen, so that no row is fast by doing nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD, isInstalled, peerFolder } from '../lib/paths.mjs';

const PEERS = JSON.parse(readFileSync(new URL('../peers/peers.json', import.meta.url), 'utf8'));
const programs = fileURLToPath(new URL('variants/', import.meta.url));
const PRELOAD = join(BUILD, 'register.js');

export const BARE = 'bare';
export const BARE_AGAIN = 'bare again';
export const FLOOR = 'floor + inject';
/** A call for a user: without a policy, with one that observes, and with an audit log besides. */
export const UNGUARDED = 'ours: client, one user';
export const OBSERVING = 'ours: client, policy in observe';
export const AUDITING = 'ours: client, policy and audit';

/** A sampled call of a client that propagates, with the convention's histogram and the guide's metrics. */
const OURS = {
  spans: 1,
  meta: true,
  metrics: ['mcp.client.operation.duration', 'mcp.tool.calls', 'mcp.tool.call.duration.seconds'],
};
const OURS_BOTH = { ...OURS, spans: 2, metrics: [...OURS.metrics, 'mcp.server.operation.duration'] };
const FLOOR_METRIC = ['mcp.client.operation.duration'];
/** The same with a user, since a guard asks for one; and with the policy that eight guards work for. */
const USER = { MCP_USER_ID: 'user-1' };
const POLICY = {
  ...USER,
  MCP_GUARD_POLICY: fileURLToPath(new URL('policies/eight-guards.yaml', import.meta.url)),
};
const GUARDED = { ...OURS, perCall: { 'mcpguard.decisions': 8 } };
const AUDITED = { ...GUARDED, perCall: { ...GUARDED.perCall, 'mcpguard.audit.records': 1 } };
const CAPTURE = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' };

export const VARIANTS = [
  { name: BARE, file: 'bare.cjs', expects: { spans: 0, meta: false } },
  { name: BARE_AGAIN, file: 'bare.cjs', expects: { spans: 0, meta: false } },
  {
    name: 'ours, no provider: client',
    file: 'ours-no-provider.cjs',
    env: { OTEL_MCP_SDK: 'off' },
    expects: { spans: 0, meta: false },
  },
  {
    name: 'ours, no provider: both sides',
    file: 'bare.cjs',
    preload: PRELOAD,
    env: { OTEL_MCP_SDK: 'off' },
    expects: { spans: 0, meta: false },
  },
  {
    name: 'floor unsampled',
    file: 'floor-unsampled.cjs',
    expects: { spans: 0, meta: true, metrics: FLOOR_METRIC },
  },
  { name: 'ours unsampled', file: 'ours-unsampled.cjs', expects: { ...OURS, spans: 0 } },
  { name: 'floor', file: 'floor.cjs', expects: { spans: 1, meta: false, metrics: FLOOR_METRIC } },
  { name: FLOOR, file: 'floor-inject.cjs', expects: { spans: 1, meta: true, metrics: FLOOR_METRIC } },
  { name: 'floor both sides + extract', file: 'floor-both.cjs', expects: { spans: 2, meta: true } },
  { name: 'ours: client', file: 'ours-client.cjs', expects: OURS },
  { name: 'ours: both sides (preload)', file: 'ours-both.cjs', preload: PRELOAD, expects: OURS_BOTH },
  { name: 'ours: client, identity', file: 'ours-identity.cjs', expects: OURS },
  { name: 'ours: client, content capture', file: 'ours-client.cjs', env: CAPTURE, expects: OURS },
  { name: UNGUARDED, file: 'ours-client.cjs', env: USER, expects: OURS },
  { name: OBSERVING, file: 'ours-client.cjs', env: POLICY, expects: GUARDED },
  { name: AUDITING, file: 'ours-audit.cjs', env: USER, expects: AUDITED },
  {
    name: 'traceloop: client',
    file: 'peer-traceloop.cjs',
    peer: 'traceloop',
    expects: { spans: 1, meta: false },
  },
  {
    name: 'openinference: propagation',
    file: 'peer-openinference.cjs',
    peer: 'openinference',
    expects: { spans: 0, meta: true },
  },
  {
    name: 'openlit: client',
    file: 'peer-openlit.cjs',
    peer: 'openlit',
    expects: { spans: 1, meta: false, metrics: ['mcp.requests'] },
  },
  { name: 'autotel: client', file: 'peer-autotel.cjs', peer: 'autotel', expects: { spans: 1, meta: true } },
  {
    name: 'autotel: both sides',
    file: 'peer-autotel-both.cjs',
    peer: 'autotel',
    expects: { spans: 2, meta: true },
  },
  {
    name: 'dd-trace: both sides',
    file: 'peer-dd-trace.cjs',
    peer: 'dd-trace',
    sdk: 'v1',
    expects: { spans: 3 },
  },
  { name: 'sentry: server', file: 'peer-sentry.cjs', peer: 'sentry', expects: { spans: 1 } },
].map((variant) => ({ ...variant, file: join(programs, variant.file) }));

/** Folder of the variant's peer, or undefined when it is not installed. */
export function folderOfPeer({ peer }) {
  const folder = peerFolder(peer, PEERS[peer]);
  return isInstalled(folder, PEERS[peer]) ? folder : undefined;
}

/** Version of the variant's peer as pinned. */
export const versionOfPeer = ({ peer }) => Object.values(PEERS[peer])[0];

/** A young generation that holds a whole window of calls, so that no collection runs while bytes are counted. */
const BYTES_FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];
const BYTES_WINDOWS = { BENCH_CALLS: '1000', BENCH_WINDOWS: '9' };

/** How a row is run: `mode` is one of the workload's. */
export function programOf(variant, { node, sdk }, sink, mode) {
  const preload = variant.preload === undefined ? [] : ['--require', variant.preload];
  const env = { ...variant.env, BENCH_SDK: sdk, BENCH_MODE: mode, BENCH_SINK: sink.url };
  if (variant.peer !== undefined) env.BENCH_PEER = folderOfPeer(variant);
  if (mode === 'bytes') {
    Object.assign(env, BYTES_WINDOWS);
    return { node, flags: [...BYTES_FLAGS, ...preload], file: variant.file, env };
  }
  return { node, flags: preload, file: variant.file, env };
}
