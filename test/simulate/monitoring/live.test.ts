/** Weeks of calls through the audit log and the monitor that the pipeline has, and the log of it through the replay. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { AuditLog } from '../../../src/audit/log';
import { readAuditRecords } from '../../../src/audit/reader';
import type { FindingFields } from '../../../src/monitor/alert';
import { compileMonitor } from '../../../src/monitor/compile';
import { Monitoring } from '../../../src/pipeline/monitoring';
import { policySchema, type Policy } from '../../../src/policy/schema';
import type { FindingRow } from '../../../src/simulate/monitoring/model';
import { replayMonitor, type ReplayRequest } from '../../../src/simulate/monitoring/run';
import { decision, openLog, temporaryFolder, toolCall } from '../../audit/support';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.parse('2026-03-02T00:00:00Z');

const POLICY = policySchema.parse({
  version: 1,
  id: 'live',
  monitor: {},
  classification: { sensitive: ['crm/read*'], admin: ['*/drop'], egress: ['mail/*'] },
});

/** Mulberry32: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Agent {
  now = START;
  private readonly monitoring: Monitoring;
  private readonly log: AuditLog;

  constructor(folder: string, policy: Policy) {
    this.monitoring = new Monitoring({ signal: () => undefined, write: (fields) => this.log.write(fields) });
    this.monitoring.use(compileMonitor(policy, [], () => undefined));
    const { monitoring } = this;
    this.log = openLog({ dir: folder }, {}, { now: () => this.now, told: monitoring.told });
  }

  call(
    server: string,
    tool: string,
    user: string,
    outcome: { ms: number; isDenied?: boolean; isError?: boolean },
  ): void {
    const call = toolCall({
      target: { type: 'tool', name: tool },
      session: { ...toolCall().session, serverId: server },
      identity: { userId: user, agentName: 'agent', sessionId: `s-${user}` },
    });
    const decisions = outcome.isDenied === true ? [decision()] : [];
    this.log.decided(call, decisions);
    const status = outcome.isDenied === true ? 'denied' : outcome.isError === true ? 'error' : 'success';
    const errorType = { denied: 'access_denied', error: 'tool_error', success: undefined }[status];
    const result =
      status === 'success' ? { content: [{ type: 'text', text: 'x'.repeat(outcome.ms) }] } : undefined;
    this.log.record({
      call,
      decisions,
      seconds: outcome.ms / 1_000,
      outcome: {
        status,
        ...(errorType === undefined ? {} : { errorType }),
        ...(result === undefined ? {} : { result }),
      } as never,
    });
    // What the agent's event loop does between two calls.
    this.monitoring.close();
  }

  close(): void {
    this.log.close();
  }
}

/** Three weeks: a daily rhythm, then what rules and detectors are for. */
function live(agent: Agent, seed: number): void {
  const random = generator(seed);
  const usual = (): void =>
    agent.call('crm', random() < 0.5 ? 'search' : 'read_customer', `u${Math.floor(random() * 4)}`, {
      ms: 20 + Math.floor(random() * 30),
      isError: random() < 0.01,
    });
  for (let day = 0; day < 21; day += 1) {
    for (let minute = 8 * 60; minute < 18 * 60; minute += 5) {
      agent.now = START + day * DAY + minute * MINUTE + Math.floor(random() * 1_000);
      usual();
      if (day < 15) continue;
      const isOdd = minute % 60 < 30;
      if (day === 15 && isOdd) agent.call('crm', 'search', 'u1', { ms: 9_000 });
      if (day === 16) for (let times = 0; times < 20; times += 1) usual();
      if (day === 17 && isOdd) agent.call('crm', 'search', 'u2', { ms: 25, isError: true });
      if (day === 18 && minute < 9 * 60) agent.call('crm', 'drop', 'u3', { ms: 1, isDenied: true });
      if (day === 18 && minute < 9 * 60)
        for (let times = 0; times < 2; times += 1) agent.call('crm', 'drop', 'u3', { ms: 1, isDenied: true });
      if (day === 19 && isOdd) agent.call('mail', 'send', 'u0', { ms: 40 });
      if (day === 20 && isOdd) agent.call('crm', 'read_customer', 'u0', { ms: 40_000 });
    }
  }
  agent.now = START + 21 * DAY + 3 * 60 * MINUTE;
  for (let times = 0; times < 10; times += 1) usual();
}

interface Told extends FindingFields {
  readonly call_id: string | undefined;
  readonly user_id: string | null | undefined;
  readonly writer: string | undefined;
}

async function liveFindings(folder: string): Promise<Told[]> {
  const found: Told[] = [];
  for await (const { call_id, finding, user_id, writer } of readAuditRecords([folder]))
    if (finding !== undefined) found.push({ ...(finding as FindingFields), call_id, user_id, writer });
  return found;
}

function toldOf(row: FindingRow): Told {
  const {
    call_id,
    category,
    count,
    description,
    group,
    recommended_action,
    rule,
    score,
    severity,
    since,
    user_id,
    writer,
  } = row;
  return {
    category,
    count,
    description,
    group,
    recommended_action,
    rule,
    score,
    severity,
    since,
    call_id,
    user_id,
    writer,
  } as Told;
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function request(changes: Partial<ReplayRequest>): ReplayRequest {
  return {
    compile: (evicted) => compileMonitor(POLICY, [], evicted),
    state: undefined,
    isStateKept: false,
    policy: null,
    severity: 'low',
    rules: [],
    limit: 10_000,
    isMerged: false,
    isCompared: true,
    hasTimelines: true,
    now: START + 30 * DAY,
    stdin: process.stdin,
    ...changes,
  };
}

describe('a replay raises what was raised live, field by field', () => {
  for (const seed of [1, 2]) {
    test(`three weeks with everything that rules and detectors are for, seed ${seed}`, async (t) => {
      const folder = temporaryFolder(t);
      const agent = new Agent(folder, POLICY);
      live(agent, seed);
      agent.close();
      const raised = await liveFindings(folder);
      const rules = new Set(raised.map(({ rule }) => rule));
      t.diagnostic(`${raised.length} findings of ${[...rules].join(', ')}`);
      for (const rule of ['privilege_escalation', 'unusual_data_access', 'sensitive_flow'])
        assert.ok(rules.has(rule), rule);
      assert.ok(
        raised.some(({ category }) => category === 'anomaly'),
        'something is unusual',
      );
      const report = await replayMonitor([folder], request({}));
      assert.deepEqual(asJson(report.findings.map(toldOf)), asJson(raised));
      assert.deepEqual(report.comparison, { both: raised.length, only_live: 0, only_here: 0, unmatched: [] });
      assert.deepEqual([report.coverage.forgotten, report.coverage.failed], [{}, 0]);
    });
  }

  test('of two processes at the same time, each by itself', async (t) => {
    const folder = temporaryFolder(t);
    for (const seed of [3, 4]) {
      const agent = new Agent(folder, POLICY);
      live(agent, seed);
      agent.close();
    }
    const raised = await liveFindings(folder);
    assert.equal(new Set(raised.map(({ writer }) => writer)).size, 2);
    const { comparison } = await replayMonitor([folder], request({}));
    assert.deepEqual(comparison, { both: raised.length, only_live: 0, only_here: 0, unmatched: [] });
  });

  test('a monitor that knows another classification raises something else, and it is said', async (t) => {
    const folder = temporaryFolder(t);
    const agent = new Agent(folder, POLICY);
    live(agent, 5);
    agent.close();
    const raised = await liveFindings(folder);
    const other = policySchema.parse({ version: 1, id: 'other', monitor: {} });
    const { comparison } = await replayMonitor(
      [folder],
      request({
        compile: (evicted) => compileMonitor(other, [], evicted),
        rules: ['sensitive_flow', 'latency'],
      }),
    );
    const count = (wanted: string): number => raised.filter(({ rule }) => rule === wanted).length;
    assert.ok(count('sensitive_flow') > 0 && count('latency') > 0);
    const { unmatched, ...counts } = comparison!;
    assert.deepEqual(counts, { both: count('latency'), only_live: count('sensitive_flow'), only_here: 0 });
    assert.ok(unmatched.every(({ rule, where }) => where === 'only_live' && rule === 'sensitive_flow'));
  });
});
