/** What must be true of every run: denied calls were not sent, and every call is in the audit log and on a span. */
import assert from 'node:assert/strict';

import type { AuditRecord } from '../../../src/audit/schema';
import type { ReceivedSpan } from '../../support/otlp-receiver';
import { callsTo, type GuardedRun, type Step, type StepOutcome } from './guarded-run';

/** What is expected of a step that a guard denies. */
export interface Denied {
  readonly guard: string;
  readonly kind: string;
  readonly event: string;
  /** Code of the reason. */
  readonly reason: string;
  readonly rule?: string;
}

export interface ExpectedStep extends Step {
  readonly denied?: Denied;
}

export type Mode = 'enforce' | 'observe';

/** Steps with their outcomes, in lists that ran side by side too. */
function pairs(steps: readonly ExpectedStep[], outcomes: readonly unknown[]): [ExpectedStep, StepOutcome][] {
  return steps.flatMap((step, index): [ExpectedStep, StepOutcome][] => {
    const outcome = outcomes[index];
    if (step.together === undefined) return [[step, outcome as StepOutcome]];
    const lists = outcome as StepOutcome[][];
    return step.together.flatMap((list, at) => pairs(list, lists[at] ?? []));
  });
}

const callIds = (records: readonly AuditRecord[]): Set<unknown> =>
  new Set(records.map((record) => record.call_id));

/** Checks outcomes, what arrived, audit lines and spans of tool calls to one server. */
export function assertDenials(
  run: GuardedRun,
  steps: readonly ExpectedStep[],
  mode: Mode,
  server = 'main',
): void {
  const calls = pairs(steps, run.outcomes).filter(
    ([step]) => step.call !== undefined && (step.server ?? 'main') === server,
  );
  const denied = calls.filter(([step]) => step.denied !== undefined);
  for (const [step, outcome] of calls) assertOutcome(step, outcome, mode);
  const sent = calls
    .map(([step]) => step)
    .filter((step) => step.aborted === undefined && (mode === 'observe' || step.denied === undefined));
  const sorted = (list: [unknown, unknown][]): string[] =>
    list.map((call) => JSON.stringify(call)).toSorted((a, b) => a.localeCompare(b));
  assert.deepEqual(
    sorted(callsTo(run.servers[server])),
    sorted(sent.map((step) => [step.call, step.arguments ?? {}])),
    'what came to the server',
  );
  assertLines(
    run.audit,
    calls.map(([step]) => step),
    mode,
  );
  assertSpans(
    run.spans,
    denied.map(([step]) => step),
    calls.length,
    mode,
  );
}

function assertOutcome(step: ExpectedStep, { result, thrown }: StepOutcome, mode: Mode): void {
  const what = `${step.call} ${JSON.stringify(step.arguments)?.slice(0, 100)}`;
  if (step.denied === undefined || mode === 'observe') {
    if (step.aborted === undefined) assert.ok(result, `${what}: ${JSON.stringify(thrown)}`);
    else assert.notEqual(thrown?.code, 'MCP_GUARD_DENIED', what);
    return;
  }
  const { guard, kind, rule } = step.denied;
  assert.ok(thrown, `${what} was not denied: ${JSON.stringify(result)}`);
  const { name, code, kind: saidKind, guard: saidGuard, rule: saidRule, message } = thrown;
  assert.deepEqual(
    [name, code, saidKind, saidGuard],
    ['McpGuardDeniedError', 'MCP_GUARD_DENIED', kind, guard],
    what,
  );
  if (rule !== undefined) assert.equal(saidRule, rule, what);
  for (const value of Object.values(step.arguments ?? {})) {
    if (typeof value === 'string' && value.length > 3) assert.ok(!message.includes(value), 'no parameters');
  }
}

/** Every call is one call of the log; a denied one has a line of its event. */
function assertLines(audit: readonly AuditRecord[], steps: readonly ExpectedStep[], mode: Mode): void {
  const lines = audit.filter((record) => record.method === 'tools/call');
  assert.equal(callIds(lines).size, steps.length, 'calls in the audit log');
  const action = mode === 'enforce' ? 'blocked' : 'observed';
  const summary = (...words: unknown[]): string => words.join(' ');
  const expected = steps.flatMap(({ denied }) =>
    denied === undefined ? [] : [summary(denied.event, denied.guard, denied.reason)],
  );
  const denials = lines.filter((line) => line.event !== 'mcp_tool_call');
  assert.deepEqual(
    denials.map(({ event, guard, reason }) => summary(event, guard, reason)).toSorted(),
    expected.toSorted(),
    'denials in the audit log',
  );
  for (const line of denials) {
    assert.deepEqual([line.action, line.verdict, line.mode], [action, 'deny', mode], JSON.stringify(line));
    if (mode === 'enforce') assert.deepEqual([line.success, line.latency_ms], [false, 0]);
  }
  const ended = lines.filter((line) => line.event === 'mcp_tool_call');
  const blocked = mode === 'enforce' ? denials.length : 0;
  assert.equal(callIds(ended).size, steps.length - blocked, 'calls that ended by themselves');
}

function assertSpans(
  spans: readonly ReceivedSpan[],
  denied: readonly ExpectedStep[],
  calls: number,
  mode: Mode,
): void {
  const clients = spans.filter(({ kind, name }) => kind === 'CLIENT' && name.startsWith('tools/call '));
  assert.equal(clients.length, calls, 'spans of tool calls');
  const action = mode === 'enforce' ? 'blocked' : 'observed';
  const seen: string[] = [];
  for (const { events, attributes, status } of clients) {
    const denials = events.filter(
      (event) => event.name === 'mcpguard.decision' && event.attributes['mcpguard.verdict'] === 'deny',
    );
    if (denials.length === 0) continue;
    assert.equal(attributes['mcpguard.outcome'], action);
    if (mode === 'enforce') assert.equal(status.code, 'ERROR');
    const [first] = denials;
    assert.deepEqual(
      [first?.attributes['mcpguard.action'], first?.attributes['mcpguard.mode']],
      [action, mode],
    );
    seen.push(JSON.stringify([first?.attributes['mcpguard.guard'], first?.attributes['mcpguard.reason']]));
  }
  const expected = denied.map((step) => JSON.stringify([step.denied?.guard, step.denied?.reason]));
  assert.deepEqual(seen.toSorted(), expected.toSorted(), 'denials on spans');
}
