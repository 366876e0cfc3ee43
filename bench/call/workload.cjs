'use strict';
/**
 * The work that every variant does: an McpServer with an echo tool and a client, linked in memory in one process.
 *
 * What is measured, in which windows, comes from the environment; run by hand, a variant measures CPU.
 *   BENCH_MODE  cpu | bytes | memory | profile
 *   BENCH_SDK   v1 | v2
 */
const { PerformanceObserver } = require('node:perf_hooks');
const { writeSync } = require('node:fs');

const number = (name, standard) => Number(process.env[name] ?? standard);
const CALLS = number('BENCH_CALLS', 2500);
const WINDOWS = number('BENCH_WINDOWS', 8);
const WARM_UP = number('BENCH_WARM_UP', 12_000);
const IDENTITY = { name: 'bench', version: '1.0.0' };

/**
 * The classes that a variant needs, of the SDK major under test; both majors have the same shape here.
 *
 * Client and server come from two copies of the SDK, as if each ran in a process of its own: SDK 2.x ships two, and of
 * SDK 1.x the files are loaded twice. So a variant can instrument one side alone.
 */
function loadSdk() {
  if (process.env.BENCH_SDK === 'v2') {
    const { Client, InMemoryTransport } = require('@modelcontextprotocol/client');
    const { McpServer } = require('@modelcontextprotocol/server');
    return { Client, McpServer, InMemoryTransport };
  }
  const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
  const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
  for (const file of Object.keys(require.cache)) {
    if (/[\\/]@modelcontextprotocol[\\/]sdk[\\/]/.test(file)) delete require.cache[file];
  }
  const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
  return { Client, McpServer, InMemoryTransport };
}

/** The `_meta` that the server received: SDK 1.x hands it over as `extra._meta`, 2.x as `mcpReq._meta`. */
function metaOf(extra) {
  return extra._meta ?? extra.mcpReq?._meta;
}

const echo = async ({ msg }) => ({ content: [{ type: 'text', text: msg }] });

/** Answers with the keys of `_meta` that arrived, so that a variant which claims to propagate can be checked. */
const received = async (_, extra) => ({
  content: [
    {
      type: 'text',
      text: Object.keys(metaOf(extra) ?? {})
        .toSorted()
        .join(','),
    },
  ],
});

function addTools(server, wrapHandler) {
  const { z } = require('zod');
  server.registerTool('echo', { inputSchema: z.object({ msg: z.string() }) }, wrapHandler(echo));
  server.registerTool('received', { inputSchema: z.object({}) }, received);
}

async function connect(sdk, variant) {
  const wrapHandler = variant.wrapHandler ?? ((handler) => handler);
  let server = new sdk.McpServer(IDENTITY);
  server = variant.wrapServer?.(server) ?? server;
  addTools(server, wrapHandler);
  let client = new sdk.Client(IDENTITY);
  client = variant.wrapClient?.(client) ?? client;
  const [clientEnd, serverEnd] = sdk.InMemoryTransport.createLinkedPair();
  variant.useTransports?.(clientEnd, serverEnd);
  await server.connect(serverEnd);
  await client.connect(clientEnd);
  return client;
}

/* oxlint-disable no-await-in-loop -- one call after another is the work */
async function repeat(call, times) {
  for (let index = 0; index < times; index += 1) {
    const result = await call({ name: 'echo', arguments: { msg: 'hello' } }, index);
    if (result.content[0].text !== 'hello') throw new Error(`wrong answer: ${JSON.stringify(result)}`);
  }
}

/** CPU (all threads of the process, collector and compiler included) and wall time, in microseconds per call. */
async function measureCpu(call) {
  const cpu = [];
  const wall = [];
  for (let window = 0; window < WINDOWS; window += 1) {
    const usage = process.cpuUsage();
    const started = performance.now();
    await repeat(call, CALLS);
    wall.push(((performance.now() - started) * 1000) / CALLS);
    const { user, system } = process.cpuUsage(usage);
    cpu.push((user + system) / CALLS);
  }
  return { cpu, wall };
}

/** Runs after the collector's own notices have been handed out. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/**
 * Bytes of JavaScript heap that a call allocates: growth of the heap over a window without any collection.
 * Needs `--expose-gc` and a young generation that holds a whole window; a window with a collection is dropped.
 */
async function measureBytes(call) {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  const bytes = [];
  for (let window = 0; window < WINDOWS; window += 1) {
    globalThis.gc({ type: 'minor' });
    await settled();
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    await repeat(call, CALLS);
    const after = process.memoryUsage().heapUsed;
    await settled();
    if (collections === 0) bytes.push((after - before) / CALLS);
  }
  observer.disconnect();
  if (bytes.length === 0)
    throw new Error('every window met a garbage collection: --min-semi-space-size is too small');
  return { bytes };
}

/** Heap after a full collection, at `BENCH_STEPS` steps over `BENCH_TOTAL` calls. */
async function measureMemory(call) {
  const total = number('BENCH_TOTAL', 1_000_000);
  const steps = number('BENCH_STEPS', 10);
  const heap = [];
  for (let step = 0; step <= steps; step += 1) {
    if (step > 0) await repeat(call, Math.round(total / steps));
    await settled();
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    heap.push({ calls: Math.round((total / steps) * step), heapUsed, external, rss });
  }
  return { heap };
}

const profile = (call) => require('./profile.cjs').profileCalls(repeat, call, WINDOWS * CALLS);

const MODES = { cpu: measureCpu, bytes: measureBytes, memory: measureMemory, profile };

async function run(variant) {
  const sdk = loadSdk();
  variant.prepare?.(sdk);
  const client = await connect(sdk, variant);
  const call = variant.call?.(client) ?? ((params) => client.callTool(params));
  const spansBefore = variant.spans?.() ?? 0;
  await repeat(call, WARM_UP);
  const spansPerCall = ((variant.spans?.() ?? 0) - spansBefore) / WARM_UP;
  const measured = await MODES[process.env.BENCH_MODE ?? 'cpu'](call);
  const answer = await call({ name: 'received', arguments: {} }, 0);
  const facts = { spansPerCall, meta: answer.content[0].text, ...(await variant.facts?.()) };
  writeSync(1, `${JSON.stringify({ ...measured, facts })}\n`);
  process.exit(0);
}

/**
 * Runs a variant and prints what was measured as one line of JSON.
 *
 * @param {object} [variant] what it does differently
 * @param {(sdk: object) => void} [variant.prepare] with the SDK's classes, before anything is made
 * @param {(client: object) => (params: object, index: number) => Promise<object>} [variant.call] how a call is made
 * @param {(handler: Function) => Function} [variant.wrapHandler] around the server's tool handler
 * @param {(client: object) => object} [variant.wrapClient]
 * @param {(server: object) => object} [variant.wrapServer]
 * @param {(clientEnd: object, serverEnd: object) => void} [variant.useTransports]
 * @param {() => object | Promise<object>} [variant.facts] what its telemetry saw, asked after the last window
 * @param {() => number} [variant.spans] spans ended so far
 */
function measure(variant = {}) {
  run(variant).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}

module.exports = { measure };
