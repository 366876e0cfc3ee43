/** What a guarded call costs Redis when limits are shared: commands, CPU of the server, memory per key. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { builtFile, ROOT } from '../lib/paths.mjs';

const require = createRequire(import.meta.url);
const { compilePolicy } = require(builtFile('guards', 'compile.js'));
const { LimitStores } = require(builtFile('guards', 'limit-stores.js'));
const { policySchema } = require(builtFile('policy', 'schema.js'));
const { startRedis } = require(join(ROOT, 'build/test/real/support/redis.js'));

const CALLS = 20_000;
const USERS = 5_000;
const AT_ONCE = 50;

const RATE = [{ id: 'r', per: ['user', 'tool'], points: 1_000_000_000, window: '60s' }];
const BUDGET = [{ id: 'b', per: ['user'], points: 1_000_000_000, window: 'month' }];

const session = { role: 'client', serverId: 'fs', transport: 'stdio', identity: '["node","server.js"]' };

const callOf = (index) => ({
  call: {
    direction: 'outgoing',
    kind: 'request',
    method: 'tools/call',
    target: { type: 'tool', name: 'read_file' },
    params: { name: 'read_file', arguments: { path: 'a.txt' } },
    session,
    identity: { userId: `user-${index % USERS}`, tenantId: 'acme', roles: [] },
  },
  server: 'fs',
  now: Date.now(),
});

/** Sections of `INFO` as numbers. */
function numbersIn(info) {
  return Object.fromEntries(
    [...info.matchAll(/^(\w+):([\d.]+)\r?$/gm)].map(([, key, value]) => [key, Number(value)]),
  );
}

async function measure(redis, limits) {
  const client = redis.client();
  await client.connect();
  await client.flushall();
  const stores = new LimitStores({
    evicted() {},
    storeFailed() {
      throw new Error('Redis did not answer');
    },
  });
  const policy = policySchema.parse({
    version: 1,
    id: 'fleet',
    mode: 'enforce',
    limits: { ...limits, store: { redis: { url: redis.url, timeout: '10s', on_error: 'closed' } } },
  });
  const { engine } = compilePolicy(policy, { clock: Date.now, counters: stores.use(policy.limits) });
  const run = async (calls) => {
    for (let index = 0; index < calls; index += AT_ONCE) {
      const asked = Array.from({ length: AT_ONCE }, (_, more) => engine.decideShared(callOf(index + more)));
      const rulings = await Promise.all(asked);
      if (rulings.some(({ denial }) => denial !== undefined)) throw new Error('a call was denied');
    }
  };
  const look = async () => numbersIn(await client.info('everything'));
  const empty = await look();
  await run(USERS);
  const before = await look();
  const keys = await client.dbsize();
  await run(CALLS);
  const after = await look();
  stores.use(undefined);
  client.disconnect();
  const grown = (key) => after[key] - before[key];
  return {
    // Commands inside a script are counted too; those of INFO and DBSIZE are four of tens of thousands.
    commands: grown('total_commands_processed') / CALLS,
    microseconds: ((grown('used_cpu_user') + grown('used_cpu_sys')) * 1e6) / CALLS,
    keys: keys / USERS,
    bytesPerKey: (before.used_memory - empty.used_memory) / keys,
    network: (grown('total_net_input_bytes') + grown('total_net_output_bytes')) / CALLS,
  };
}

export async function measureLimits() {
  const redis = await startRedis();
  try {
    const one = await measure(redis, { rate: RATE });
    const two = await measure(redis, { rate: RATE, budget: BUDGET });
    return {
      redisCommandsOneLimit: one.commands,
      redisMicrosecondsOneLimit: one.microseconds,
      redisMicrosecondsTwoLimits: two.microseconds,
      redisBytesPerCall: two.network,
      redisBytesPerKey: two.bytesPerKey,
    };
  } finally {
    await redis.end();
  }
}
