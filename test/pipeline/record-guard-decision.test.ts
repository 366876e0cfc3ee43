/** Decisions of an agent's own guards, told as ours are. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { trace } from '@opentelemetry/api';

import { withMcpContext } from '../../src/pipeline/identity';
import { recordGuardDecision } from '../../src/pipeline/record-guard-decision';
import { startAgent } from '../sdk/support/agent';

const agent = startAgent();
beforeEach(() => agent.reset());

const inSpan = (work: () => void) =>
  trace.getTracer('agent').startActiveSpan('turn', (span) => {
    work();
    span.end();
  });

describe('recordGuardDecision', () => {
  it('is an event and the outcome on the active span, and counts', async () => {
    inSpan(() =>
      withMcpContext({ userId: 'maria' }, () =>
        recordGuardDecision({
          kind: 'access',
          guard: 'export_window',
          verdict: 'deny',
          action: 'blocked',
          reason: 'at_night',
          toolName: 'export',
          serverId: 'crm',
        }),
      ),
    );
    const span = agent.span('turn');
    assert.equal(span.attributes['mcpguard.outcome'], 'blocked');
    const [event] = span.events;
    assert.equal(event?.name, 'mcpguard.decision');
    assert.equal(event.attributes?.['mcpguard.reason'], 'at_night');
    const [denied] = await agent.collect('mcp.access.denied');
    assert.equal(denied?.value, 1);
    assert.deepEqual(
      [denied.attributes['guard'], denied.attributes['tool_name'], denied.attributes['user_id']],
      ['export_window', 'export', 'maria'],
    );
    const [decision] = await agent.collect('mcpguard.decisions');
    assert.equal(decision?.attributes['verdict'], 'deny');
  });

  it('what was allowed counts as a decision alone', async () => {
    recordGuardDecision({ kind: 'budget', guard: 'own_budget', verdict: 'allow', action: 'allowed' });
    assert.equal((await agent.collect('mcp.budget.exceeded')).length, 0);
    const counted = await agent.collect('mcpguard.decisions');
    assert.ok(counted.some(({ attributes }) => attributes['guard'] === 'own_budget'));
  });

  it('names are bounded, in form and in number', async () => {
    recordGuardDecision({ kind: 'other', guard: 'Not A Name', verdict: 'deny', action: 'observed' });
    for (let n = 0; n < 30; n += 1) {
      const letters = String.fromCodePoint(97 + (n % 26), 97 + Math.floor(n / 26));
      recordGuardDecision({ kind: 'other', guard: `guard_${letters}`, verdict: 'deny', action: 'observed' });
    }
    const guards = (await agent.collect('mcpguard.decisions')).map(({ attributes }) => attributes['guard']);
    assert.ok(guards.includes('__other__'));
    assert.ok(new Set(guards).size <= 21, `${new Set(guards).size} names`);
  });
});
