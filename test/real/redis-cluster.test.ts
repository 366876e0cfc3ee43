/** Limits in a real Redis Cluster: three masters and a replica. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { compilePolicy } from '../../src/guards/compile';
import type { OnStoreError } from '../../src/guards/shared-limits';
import { RedisStore } from '../../src/guards/redis-store';
import { slotOf } from '../../src/guards/redis-slots';
import type { PolicyInput } from '../../src/policy/schema';
import { counters, policy, toolCall } from '../guards/support/input';
import { packages, REPOSITORY } from '../support/installs';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { expectExit, startProgram, type ProgramResult } from '../support/run-program';
import { component } from './support/component';
import { startRedis } from './support/redis';
import { masterOfSlot, MASTERS, startRedisCluster, type RedisCluster } from './support/redis-cluster';

const AGENT = join(REPOSITORY, 'test/real/programs/limited-agent.cjs');
const TENANTS = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
/** Several limits, of which no two are counted for the same. */
const LIMITS = {
  rate: [
    { id: 'r', per: ['user'], points: 40, window: '1h', burst: { points: 30, window: '10m' } },
    { id: 's', per: ['server'], points: 100, window: '1h' },
  ],
  budget: [{ id: 'b', per: ['user', 'tool'], points: 1_000, window: 'month' }],
} satisfies PolicyInput['limits'];

let prefixes = 0;

/** What one process has: a store, and an engine that asks it. */
class Agent {
  failures = 0;
  readonly #store: RedisStore;
  readonly #engine;

  constructor(
    cluster: readonly string[],
    file: string,
    keyPrefix: string,
    { timeoutMs = 5_000, onError = 'local' }: { timeoutMs?: number; onError?: OnStoreError } = {},
  ) {
    const storeFailed = (): void => void (this.failures += 1);
    this.#store = new RedisStore({ cluster, keyPrefix, timeoutMs, onError }, { file, storeFailed });
    const parsed = policy({ mode: 'enforce', limits: LIMITS });
    this.#engine = compilePolicy(parsed, {
      clock: Date.now,
      counters: { ...counters(), shared: this.#store },
    }).engine;
  }

  /** What the first limit says has remained; `undefined` where the call was denied. */
  async call(tenantId?: string, userId = 'u', tool = 'search'): Promise<number | undefined> {
    const input = toolCall({ now: Date.now(), tool, identity: { tenantId, userId } });
    const { denial, decisions } = await this.#engine.decideShared(input);
    return denial === undefined ? decisions.find(({ rule }) => rule === 'r')?.remaining : undefined;
  }

  async until(what: string, tenantId: string): Promise<void> {
    const deadline = Date.now() + 15_000;
    for (let before = this.failures; ; before = this.failures) {
      await this.call(tenantId, 'another');
      if (this.failures === before) return;
      assert.ok(Date.now() < deadline, what);
      await pause(50);
    }
  }

  close(): void {
    this.#store.close();
  }
}

const newPrefix = (): string => `test-${(prefixes += 1)}`;

/** A tenant whose keys are at the master with this index, as the cluster was at its start. */
async function tenantAt(cluster: RedisCluster, index: number, prefix: string): Promise<string> {
  const agent = new Agent(cluster.urls, ioredis(), prefix);
  try {
    for (const tenant of TENANTS) {
      await agent.call(tenant, 'finder');
      const keys = await cluster.keysOf(index);
      if (keys.some((key) => key.startsWith(prefix))) return tenant;
    }
  } finally {
    agent.close();
  }
  throw new Error('no tenant has its keys there');
}

const ioredis = (): string => createRequire(__filename).resolve('ioredis');

function policyFile(
  context: TestContext,
  where: { cluster: readonly string[] } | { url: string },
  points: number,
  timeout: string,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'policy.json');
  const rate = [
    { id: 'all', per: ['server'], points, window: '1h' },
    { id: 'tools', per: ['server', 'tool'], points: points + 1, window: '1h' },
  ];
  const store = { redis: { ...where, timeout, key_prefix: newPrefix() } };
  writeFileSync(file, JSON.stringify({ version: 1, id: 'c', mode: 'enforce', limits: { rate, store } }));
  return file;
}

function runAgent(
  file: string,
  tenant: string,
  calls: number,
  env: Record<string, string> = { OTEL_MCP_SDK: 'off' },
): Promise<ProgramResult> {
  const { child, result } = startProgram(AGENT, {
    preload: 'require',
    args: [String(calls), 'at-once'],
    env: { MCP_GUARD_POLICY: file, MCP_TENANT_ID: tenant, ...env },
  });
  child.stdin.end();
  return result;
}

const admittedBy = (result: ProgramResult): number =>
  (JSON.parse(expectExit(result).stdout) as { admitted: number }).admitted;

test('a cluster of three masters and a replica', async (context) => {
  const cluster = await component(context, startRedisCluster);
  if (cluster === undefined) return;
  const agents: Agent[] = [];
  context.after(async () => {
    for (const agent of agents) agent.close();
    await cluster.end();
  });
  const agentOn = (...given: ConstructorParameters<typeof Agent>): Agent => {
    const agent = new Agent(...given);
    agents.push(agent);
    return agent;
  };

  await context.test('slots are those of Redis', async () => {
    for (const text of ['', 'a', '123456789', 'mcpguard', 'Ümläut 🦊', 'x'.repeat(300)]) {
      const said: unknown = await cluster.clients[0]!.call('CLUSTER', 'KEYSLOT', text);
      assert.equal(slotOf(text), said, text);
    }
  });

  const oldest = join(await packages(['ioredis@5.0.0']), 'node_modules/ioredis/built/index.js');
  for (const [version, file] of [
    ['ioredis 6', ioredis()],
    ['ioredis 5.0.0', oldest],
  ] as const) {
    await context.test(`${version}: two share exact limits, several per call, over all masters`, async () => {
      const prefix = newPrefix();
      // One knows a single node, the others come from that.
      const [one, other] = [
        agentOn(cluster.urls.slice(0, 1), file, prefix),
        agentOn(cluster.urls.slice(1), file, prefix),
      ];
      const counts = await Promise.all(
        [...TENANTS, undefined].map(async (tenant) => {
          const calls = Array.from({ length: 25 }, () => [one.call(tenant), other.call(tenant)]).flat();
          return (await Promise.all(calls)).filter((remaining) => remaining !== undefined).length;
        }),
      );
      assert.deepEqual(counts, Array(TENANTS.length + 1).fill(30), 'the burst holds');
      assert.deepEqual([one.failures, other.failures], [0, 0]);
      const tags = await Promise.all(
        Array.from({ length: MASTERS }, async (_, index) => {
          const keys = (await cluster.keysOf(index)).filter((key) => key.startsWith(`${prefix}:{`));
          const own = new Set(keys.map((key) => /\{(.*)\}/.exec(key)?.[1]));
          assert.equal(keys.length, own.size * 4, 'all keys of a tenant are together');
          return own.size;
        }),
      );
      assert.ok(
        tags.every((count) => count > 0),
        `tenants by master: ${tags.join(', ')}`,
      );
      assert.equal(
        tags.reduce((sum, count) => sum + count, 0),
        TENANTS.length + 1,
      );
    });

    await context.test(`${version}: a slot moves while calls go on, and scripts are forgotten`, async () => {
      const prefix = newPrefix();
      const agent = agentOn(cluster.urls, file, prefix);
      await agent.call('moving');
      const [key = ''] = (await Promise.all([...Array(MASTERS).keys()].map((index) => cluster.keysOf(index))))
        .flat()
        .filter((one) => one.startsWith(prefix));
      const slot = slotOf(/\{(.*)\}/.exec(key)![1]!);
      const from = masterOfSlot(slot);
      const to = (from + 1) % MASTERS;
      await cluster.migrate(slot, from, to, async () => {
        assert.equal(await agent.call('moving'), 38, 'ASK is followed, and what was counted is there');
        assert.equal(await agent.call('moving'), 37);
        assert.equal(agent.failures, 0);
        await agent.call('moving', 'newcomer');
        assert.equal(agent.failures, 1, 'Redis refuses several keys of which one is not there yet');
      });
      assert.equal(await agent.call('moving'), 36, 'MOVED is followed');
      assert.ok((await cluster.keysOf(to)).includes(key));
      for (const client of cluster.clients.slice(0, MASTERS)) await client.script('FLUSH');
      assert.equal(await agent.call('moving'), 35);
      await cluster.migrate(slot, to, from, () => Promise.resolve());
      assert.equal(await agent.call('moving'), 34);
      assert.equal(await agent.call('moving', 'newcomer'), 39);
      assert.equal(agent.failures, 1);
    });
  }

  await context.test('processes of two tenants: each tenant has its limit, and no more', async (sub) => {
    const file = policyFile(sub, { cluster: cluster.urls }, 500, '10s');
    const results = await Promise.all(
      ['tenant-a', 'tenant-a', 'tenant-b', 'tenant-b'].map((tenant) => runAgent(file, tenant, 600)),
    );
    const [a1 = 0, a2 = 0, b1 = 0, b2 = 0] = results.map(admittedBy);
    assert.deepEqual([a1 + a2, b1 + b2], [500, 500]);
    assert.deepEqual(
      results.map(({ stderr }) => stderr),
      ['', '', '', ''],
    );
  });

  await context.test(
    'one Redis that is named as a cluster, and the other way round, are told of',
    async (sub) => {
      const single = await startRedis();
      sub.after(() => single.end());
      const asCluster = await runAgent(policyFile(sub, { cluster: [single.url] }, 500, '10s'), 't', 5);
      const url = cluster.urls[0]!;
      const asSingle = await Promise.all(
        TENANTS.slice(0, 4).map((one) => runAgent(policyFile(sub, { url }, 500, '10s'), one, 5)),
      );
      assert.equal(admittedBy(asCluster), 5);
      assert.match(asCluster.stderr, /redis\.cluster names a Redis that is not part of a cluster.*`url`/);
      // Those whose tenant happens to be on this node do not see it.
      const warned = asSingle.filter(({ stderr }) =>
        /names a node of a Redis Cluster.*`cluster`/.test(stderr),
      );
      assert.ok(warned.length > 0);
      for (const { stderr } of [asCluster, ...asSingle])
        assert.ok(!stderr.includes('redis://'), 'no credentials');
    },
  );

  await context.test('a node hangs: only the tenants on it are counted in their processes', async (sub) => {
    const prefix = newPrefix();
    const [held, free] = [await tenantAt(cluster, 1, prefix), await tenantAt(cluster, 2, prefix)];
    const agent = agentOn(cluster.urls, ioredis(), prefix, { timeoutMs: 500 });
    assert.equal(await agent.call(held), 39);
    assert.equal(await agent.call(free), 39);
    const quick = policyFile(sub, { cluster: cluster.urls }, 500, '50ms');
    const healthy = await runAgent(quick, held, 20);
    cluster.nodes[1]!.stop();
    try {
      assert.equal(await agent.call(held), 39, 'as if nothing had been counted');
      assert.equal(agent.failures, 1);
      const startedAt = performance.now();
      for (const expected of [38, 37]) assert.equal(await agent.call(held), expected);
      assert.ok(performance.now() - startedAt < 450, 'nobody else waits for it');
      assert.equal(agent.failures, 3);
      for (const expected of [38, 37, 36]) assert.equal(await agent.call(free), expected);
      assert.equal(agent.failures, 3);
      const hanging = await runAgent(quick, held, 20);
      assert.equal(admittedBy(hanging), 20);
      assert.ok(hanging.ms < healthy.ms + 2_000, `${hanging.ms} ms, and ${healthy.ms} ms with all nodes`);
    } finally {
      cluster.nodes[1]!.resume();
    }
    await agent.until('the node is asked again', held);
    // The question that came too late for an answer was counted: its call has gone on.
    assert.equal(await agent.call(held), 37);
  });

  await context.test(
    'a master dies: its tenants are counted here until its replica takes over',
    async (sub) => {
      const prefix = newPrefix();
      const [held, free] = [await tenantAt(cluster, 0, prefix), await tenantAt(cluster, 2, prefix)];
      const agent = agentOn(cluster.urls, ioredis(), prefix, { timeoutMs: 500 });
      const closed = agentOn(cluster.urls.slice(1), ioredis(), prefix, { timeoutMs: 500, onError: 'closed' });
      for (const expected of [39, 38, 37]) assert.equal(await agent.call(held), expected);
      await closed.call(held, 'another');
      await cluster.clients[0]!.wait(1, 1_000);
      await cluster.nodes[0]!.kill();
      await pause(50);
      assert.equal(await agent.call(held), 39, 'as if nothing had been counted');
      assert.equal(await closed.call(held), undefined, 'denied, as the policy says');
      assert.equal(await agent.call(free), 39);
      assert.deepEqual([agent.failures, closed.failures], [1, 1]);

      const receiver = await startOtlpReceiver();
      sub.after(() => receiver.close());
      const file = policyFile(sub, { cluster: [cluster.urls[0]!] }, 500, '50ms');
      const dead = await runAgent(file, held, 20, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
      assert.equal(admittedBy(dead), 20);
      assert.ok(dead.ms < 5_000, `${dead.ms} ms`);
      await receiver.waitFor((all) => all.metric('mcpguard.store.errors')[0]?.value === 20);

      await agent.until('the replica is found', held);
      assert.equal(await agent.call(held), 36, 'it knows what was counted');
      await closed.until('the replica is found', held);
      await cluster.nodes[0]!.start();
      assert.equal(await agent.call(free), 38);

      // The replica of before hangs in its turn, and the master of before takes over.
      await cluster.eventually('it is a replica now', async () =>
        (await cluster.clients[0]!.info('replication')).includes('master_link_status:up'),
      );
      const { failures } = agent;
      cluster.nodes[MASTERS]!.stop();
      try {
        await agent.call(held);
        assert.equal(agent.failures, failures + 1);
        await agent.until('who has taken over is found', held);
        assert.equal(await agent.call(held), 35);
        assert.equal(await agent.call(free), 37);
      } finally {
        cluster.nodes[MASTERS]!.resume();
      }
    },
  );
});
