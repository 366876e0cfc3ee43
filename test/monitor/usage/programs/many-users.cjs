/**
 * Usage of 100,000 users and 200 tools of a server, 300,000 calls. Prints one line of JSON: bytes that it takes, and what
 * was evicted.
 *
 * By hand: node --expose-gc test/monitor/usage/programs/many-users.cjs
 */
const { Usage } = require('../../../../build/src/monitor/usage/usage.js');

const CALLS = 300_000;
const USERS = 100_000;
const TOOLS = 200;
const START = Date.UTC(2026, 0, 5);

const evicted = {};
let state = 88_172_645;

/** Xorshift: from 0 to 1. */
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

function memory() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function use(call) {
  return {
    time: START + call * 50,
    tenant: 'acme',
    user: `user-${Math.floor(random() * USERS)}@example.com`,
    server: 'https://crm.example.com',
    tool: `tool_${Math.floor(random() * TOOLS)}`,
    outcome: random() < 0.95 ? 'success' : 'failure',
    latency: Math.exp(2 + 4 * random()),
    requestBytes: 100,
    resultBytes: 1_000,
    params: `hmac-sha256:${Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(64, '0')}`,
  };
}

// Compiled and grown once before it counts.
const warm = new Usage({ keysMax: 100, maxAge: Infinity }, () => undefined);
for (let call = 0; call < 10_000; call += 1) warm.add(use(call));

const before = memory();
const usage = new Usage({ keysMax: 10_000, maxAge: 30 * 86_400_000 }, (key) => {
  evicted[key] = (evicted[key] ?? 0) + 1;
});
for (let call = 0; call < CALLS; call += 1) usage.add(use(call));
const bytes = memory() - before;
const { tools, users, user_tools } = usage.snapshot({ top: 0 });
const known = { tools: tools.known, users: users.known, user_tools: user_tools.known };
console.log(JSON.stringify({ bytes, known, evicted }));
