/**
 * Calls of 100,000 users and 200 tools past a monitor that is at its caps, by hand too:
 *
 *   node --expose-gc bench/monitor/programs/monitor.mjs none|usage|rules|anomaly|all CALLS
 *
 * Prints JSON: bytes kept after a garbage collection, and microseconds of a call of whom is remembered (p50, p99), and where two
 * of five calls are of users that are not (`crowded`). `none` makes the same lines for nobody.
 */
import { createRequire } from 'node:module';

import { builtFile } from '../../lib/paths.mjs';
import { quantile, randomFrom } from '../../lib/stats.mjs';

const require = createRequire(import.meta.url);
const [variant, calls] = [process.argv[2], Number(process.argv[3])];

const USERS = 100_000;
const SERVERS = 10;
const TOOLS = 20;
/**
 * So many users make three of the first five calls, and all of the second half, of eight tools each: busy enough for all that
 * can be remembered of a key.
 */
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

/** An agent has the names of its servers, tools and users once, not anew for each call. */
const serverNames = Array.from({ length: SERVERS }, (_, server) => `https://server-${server}.example.org`);
const toolNames = Array.from({ length: TOOLS }, (_, tool) => `tool_${tool}`);
const userNames = Array.from({ length: USERS }, (_, user) => `user-${user}@example.org`);

function line(number) {
  const isBusy = number >= calls / 2 || number % 5 < 3;
  const user = below(isBusy ? BUSY_USERS : USERS);
  const isError = random() < 0.02;
  const place = isBusy ? (user * 7 + 23 * below(BUSY_TOOLS)) % (SERVERS * TOOLS) : below(SERVERS * TOOLS);
  const tool = toolNames[place % TOOLS];
  return {
    event: 'mcp_tool_call',
    timestamp: new Date(START + number * STEP).toISOString(),
    method: 'tools/call',
    server_id: serverNames[Math.floor(place / TOOLS)],
    tool_name: tool,
    target: tool,
    user_id: userNames[user],
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
/** Of the last three quarters: the first fills what there is. */
const times = new Float64Array((calls / 4) * 3);
for (let number = 0; number < calls; number += 1) {
  const one = line(number);
  const from = performance.now();
  monitor.observe(one, () => (findings += 1));
  if (number >= calls / 4) times[number - calls / 4] = (performance.now() - from) * 1_000;
}
for (let round = 0; round < 4; round += 1) globalThis.gc();
const { heapUsed, external, arrayBuffers } = process.memoryUsage();
// `external` has the array buffers in it.
const [crowded, known] = [times.subarray(0, calls / 4), times.subarray(calls / 4)];
const report = {
  kept: heapUsed + external,
  heapUsed,
  arrayBuffers,
  p50: quantile(known, 0.5),
  p99: quantile(known, 0.99),
  crowded: quantile(crowded, 0.5),
  evicted,
  findings,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
monitor.observe(line(calls), () => {});
