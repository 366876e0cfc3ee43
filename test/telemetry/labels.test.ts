/** Bounded labels: whatever peers and users do, the number of series stays under the caps, and what was folded is counted. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';

import type { CallRecord, McpCall, Outcome, Session } from '../../src/core/call';
import { withMcpContext } from '../../src/index';
import { LabelValues } from '../../src/telemetry/labels';
import { InstrumentLedger } from '../../src/telemetry/ledger';
import type { LedgerMetric } from '../../src/telemetry/ledger';
import { createInstruments } from '../../src/telemetry/instruments';
import { CallMetrics } from '../../src/telemetry/metrics';
import { metrics, ROOT_CONTEXT } from '@opentelemetry/api';
import { startAgent } from '../sdk/support/agent';
import type { Agent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';

const HOSTILE = [
  'new\nline',
  'quote"and\'both',
  'nul\u0000byte',
  'lone\uD800surrogate',
  'back\\slash',
  '{label="x"} 1',
  '__other__',
  'unknown',
  ' ',
  '\u202Eevil',
  'x'.repeat(10_000),
];

const session: Session = {
  role: 'client',
  transport: 'inmemory',
  identity: 'inmemory',
  serverId: 'inmemory',
  startedAt: 0,
  protocolVersion: undefined,
  sessionId: undefined,
  serverName: undefined,
  clientName: undefined,
};

/** Instruments without a provider: the ledger alone says what the series are. */
function recorder() {
  const ledger = new InstrumentLedger();
  const nothing = { activeConnections: () => [], internalErrors: () => [], exportDropped: () => [] };
  const instruments = createInstruments(metrics.getMeterProvider().getMeter('test'), ledger, nothing);
  const calls = new CallMetrics();
  const record = (over: {
    tool: string;
    user?: string;
    agent?: string;
    server?: string;
    outcome?: Outcome;
    userLabel?: 'plain' | 'off';
  }) => {
    const call: McpCall = {
      direction: 'outgoing',
      kind: 'request',
      method: 'tools/call',
      target: { type: 'tool', name: over.tool },
      params: undefined,
      session: over.server === undefined ? session : { ...session, serverId: over.server },
      identity: { userId: over.user, agentName: over.agent },
      requestId: 1,
    };
    const full: CallRecord = {
      call,
      outcome: over.outcome ?? { status: 'success' },
      decisions: [],
      seconds: 0.01,
    };
    calls.recordCall(instruments, full, over.userLabel ?? 'plain', ROOT_CONTEXT);
  };
  const read = (name: string) => {
    const metric = [...ledger.read()].find((one: LedgerMetric) => one.name === name);
    return [...(metric?.series ?? [])].map(({ attributes, sum, count }) => ({ attributes, sum, count }));
  };
  const overflow = (label: string) =>
    read('mcpguard.labels.overflow').find(({ attributes }) => attributes['label'] === label)?.sum ?? 0;
  return { record, read, overflow };
}

const distinct = (series: readonly { attributes: Readonly<Record<string, unknown>> }[], key: string) =>
  new Set(series.map(({ attributes }) => attributes[key])).size;

describe('caps', () => {
  it('100,000 distinct users: 200 values and __other__, none lost, the overflow counted', () => {
    const { record, read, overflow } = recorder();
    for (let n = 0; n < 100_000; n += 1) record({ tool: 'echo', user: `user-${n}` });
    const calls = read('mcp.tool.calls');
    assert.equal(calls.length, 201);
    const others = calls.filter(({ attributes }) => attributes['user_id'] === '__other__');
    assert.deepEqual(
      others.map(({ sum }) => sum),
      [99_800],
    );
    assert.equal(overflow('user_id'), 99_800);
    assert.equal(
      calls.reduce((all, { sum }) => all + sum, 0),
      100_000,
    );
  });

  it('1,000 tool names: 500 values and __other__, and _OTHER on the convention’s attribute', () => {
    const { record, read, overflow } = recorder();
    for (let n = 0; n < 1_000; n += 1) record({ tool: `tool-${n}` });
    assert.equal(distinct(read('mcp.tool.calls'), 'tool_name'), 501);
    const operations = read('mcp.client.operation.duration');
    assert.equal(distinct(operations, 'gen_ai.tool.name'), 501);
    assert.equal(
      operations.find(({ attributes }) => attributes['gen_ai.tool.name'] === '_OTHER')?.count,
      500,
    );
    assert.ok(overflow('tool_name') >= 500, String(overflow('tool_name')));
  });

  it('1,000 servers, agents and error types: 50 values each', () => {
    const { record, read } = recorder();
    for (let n = 0; n < 1_000; n += 1) {
      const outcome: Outcome = { status: 'error', errorType: String(-32_000 - n), rpcCode: -32_000 - n };
      record({ tool: 't', server: `server-${n}`, agent: `agent-${n}`, outcome });
    }
    const errors = read('mcp.tool.call.errors');
    for (const label of ['server_id', 'agent_name', 'error_type'])
      assert.equal(distinct(errors, label), 51, label);
    const operations = read('mcp.client.operation.duration');
    assert.ok(distinct(operations, 'error.type') <= 51);
    assert.ok(distinct(operations, 'rpc.response.status_code') <= 51, 'the peer chooses its codes');
  });

  it('past 1,500 sets a new one is folded: capped labels are __other__, the status stays', () => {
    const { record, read, overflow } = recorder();
    const statuses: readonly Outcome[] = [
      { status: 'success' },
      { status: 'error', errorType: 'timeout' },
      { status: 'denied', errorType: 'access_denied' },
    ];
    let made = 0;
    for (let tool = 0; tool < 100; tool += 1) {
      for (let user = 0; user < 100; user += 1) {
        const outcome = statuses[made % 3];
        record({ tool: `tool-${tool}`, user: `user-${user}`, ...(outcome && { outcome }) });
        made += 1;
      }
    }
    const calls = read('mcp.tool.calls');
    assert.ok(calls.length <= 1_503, `${calls.length} sets`);
    const folded = calls.filter(({ attributes }) => attributes['tool_name'] === '__other__');
    assert.deepEqual(
      folded
        .map(({ attributes }) => attributes['status'])
        .toSorted((a, b) => String(a).localeCompare(String(b))),
      ['denied', 'error', 'success'],
    );
    for (const { attributes } of folded) {
      assert.deepEqual(
        { ...attributes, status: '' },
        {
          tool_name: '__other__',
          server_id: '__other__',
          agent_name: '__other__',
          user_id: '__other__',
          status: '',
        },
      );
    }
    assert.equal(
      calls.reduce((all, { sum }) => all + sum, 0),
      made,
      'none lost',
    );
    assert.ok(overflow('set') > 0);
    for (const status of ['success', 'error', 'denied']) {
      const total = calls
        .filter(({ attributes }) => attributes['status'] === status)
        .reduce((all, { sum }) => all + sum, 0);
      assert.ok(Math.abs(total - made / 3) <= 1, `${status}: ${total}`);
    }
  });

  it('no user: unknown; user label off: unknown', () => {
    const { record, read } = recorder();
    record({ tool: 't' });
    record({ tool: 't', user: 'u-1', userLabel: 'off' });
    record({ tool: 't', user: '' });
    assert.deepEqual(
      read('mcp.tool.calls').map(({ attributes, sum }) => [attributes['user_id'], sum]),
      [['unknown', 3]],
    );
  });
});

describe('values', () => {
  it('hostile values are cut to 256 characters and well formed', () => {
    const values = new LabelValues(() => {});
    for (const value of HOSTILE) {
      const bounded = values.bound('tool_name', value);
      assert.ok(bounded.length > 0 && bounded.length <= 256);
      assert.ok(bounded.isWellFormed());
      assert.equal(values.bound('tool_name', value), bounded, 'the same again');
    }
  });

  it('two long values with one beginning are one label value, and cost one place', () => {
    let overflows = 0;
    const values = new LabelValues(() => {
      overflows += 1;
    });
    for (let n = 0; n < 1_000; n += 1) values.bound('server_id', `${'a'.repeat(300)}${n}`);
    assert.equal(overflows, 0);
  });
});

describe('through a real client', () => {
  let agent: Agent;
  // Not earlier: the recorders above measure without a provider.
  before(() => {
    agent = startAgent();
  });
  beforeEach(() => agent.reset());

  it('hostile tool names and users harm nobody and stay bounded', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    for (const name of HOSTILE) {
      await withMcpContext({ userId: name, agentName: name }, async () => {
        await assert.rejects(client.callTool({ name }), { code: -32602 });
      });
    }
    const calls = await agent.collect('mcp.tool.calls');
    assert.equal(
      calls.reduce((sum, { value }) => sum + value, 0),
      HOSTILE.length,
    );
    for (const { attributes } of calls) {
      for (const value of Object.values(attributes)) assert.ok(String(value).length <= 256);
    }
    const spans = agent.spans().filter(({ kind }) => kind === 'CLIENT');
    assert.equal(spans.length, HOSTILE.length);
    await close();
  });
});
