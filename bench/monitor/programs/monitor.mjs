/**
 * Calls of 100,000 users and 200 tools past a monitor that is at its caps, by hand too:
 *
 *   node --expose-gc bench/monitor/programs/monitor.mjs none|usage|rules|anomaly|all CALLS
 *
 * Prints JSON: bytes kept after a garbage collection, and microseconds of a call. `none` makes the same lines for nobody.
 */
import { createRequire } from 'node:module';

import { builtFile } from '../../lib/paths.mjs';
import { quantile, randomFrom } from '../../lib/stats.mjs';

const require = createRequire(import.meta.url);
const [variant, calls] = [process.argv[2], Number(process.argv[3])];

const USERS = 100_000;
const SERVERS = 10;
const TOOLS = 20;
/** So many users make three of five calls, of eight tools each: busy enough for all that can be remembered of a key. */
const BUSY_USERS = 200;
const BUSY_TOOLS = 8;
const START = Date.UTC(2026, 2, 2);
/** Four days in all. */
const STEP = (4 * 86_400_000) / calls;

const random = randomFrom(7);
const below = (count) => Math.floor(random() * count);
const hash = () =>
  `hmac-sha256:${Array.from({ length: 8 }, () =>
    below(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')}`;

function line(number) {
  const isBusy = number % 5 < 3;
  const user = below(isBusy ? BUSY_USERS : USERS);
  const isError = random() < 0.02;
  const place = isBusy ? (user * 7 + 23 * below(BUSY_TOOLS)) % (SERVERS * TOOLS) : below(SERVERS * TOOLS);
  const tool = `tool_${place % TOOLS}`;
  return {
    event: 'mcp_tool_call',
    timestamp: new Date(START + number * STEP).toISOString(),
    method: 'tools/call',
    server_id: `https://server-${Math.floor(place / TOOLS)}.example.org`,
    tool_name: tool,
    target: tool,
    user_id: `user-${user}@example.org`,
    tenant_id: 'acme',
    agent_name: 'assistant',
    session: `session-${user}-${Math.floor(number / 100_000)}`,
    writer: 'host-1-abcdef',
    params_hash: hash(),
    action: 'allowed',
    success: !isError,
    outcome: isError ? 'error' : 'success',
    error_type: isError ? 'tool_error' : undefined,
    latency_ms: 20 + 200 * random() ** 2,
    req_bytes: 200,
    res_bytes: isError ? 80 : 500 + below(5_000),
    tool_digest: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  };
}

function monitorOf() {
  if (variant === 'none') return { observe() {} };
  const { compileMonitor } = require(builtFile('monitor', 'compile.js'));
  const { policySchema } = require(builtFile('policy', 'schema.js'));
  const policy = policySchema.parse({
    version: 1,
    id: 'bench',
    monitor: {
      ...(variant === 'usage' || variant === 'anomaly' ? { rules: [] } : {}),
      anomaly: { enabled: variant === 'anomaly' || variant === 'all' },
    },
    classification: { sensitive: '*/tool_1', admin: '*/tool_2', egress: '*/tool_3' },
  });
  return compileMonitor(policy, [], () => (evicted += 1)).monitor;
}

let evicted = 0;
let findings = 0;
const monitor = monitorOf();
const times = new Float64Array(calls / 2);
for (let number = 0; number < calls; number += 1) {
  const one = line(number);
  const from = performance.now();
  monitor.observe(one, () => (findings += 1));
  if (number >= calls / 2) times[number - calls / 2] = (performance.now() - from) * 1_000;
}
for (let round = 0; round < 4; round += 1) globalThis.gc();
const { heapUsed, external, arrayBuffers } = process.memoryUsage();
// `external` has the array buffers in it.
const report = {
  kept: heapUsed + external,
  heapUsed,
  arrayBuffers,
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
  mean: times.reduce((sum, time) => sum + time, 0) / times.length,
  longest: Math.max(...times.subarray(0, 100_000)),
  evicted,
  findings,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
monitor.observe(line(calls), () => {});
