/** What a health check says of the monitor, from its readings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { monitorChecks } from '../../src/http/monitor-health';
import type { Severity } from '../../src/core/severity';
import { GuardState, type MonitorReadings } from '../../src/pipeline/guard-state';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const HOUR = 3_600_000;

interface Readings {
  readonly dropped?: Readonly<Record<string, number>>;
  readonly recent?: readonly (readonly [severity: Severity, ago: number])[];
  readonly evicted?: readonly string[];
  readonly isStateKept?: boolean;
}

function checksOf({ dropped = {}, evicted = [], isStateKept, recent = [] }: Readings) {
  const state = new GuardState();
  for (const name of evicted) state.evicted(name);
  const line = { event: 'mcp_tool_call', timestamp: '', user_id: 'ann', tool_name: 'wipe', server_id: 'crm' };
  const findings = recent.map(([severity, ago]) => ({
    severity,
    rule: 'rule',
    description: 'ann called wipe',
    event: { timestamp: NOW - ago, line },
  }));
  state.monitor = {
    monitorDropped: () =>
      Object.entries(dropped).map(([reason, value]) => ({ attributes: { reason }, value })),
    recent: findings as unknown as MonitorReadings['recent'],
    isStateKept,
  } as unknown as MonitorReadings;
  return Object.fromEntries(monitorChecks(state, new Date(NOW)));
}

test('events that were not looked at warn, with the reason and what to do', () => {
  assert.deepEqual(checksOf({ dropped: { queue_full: 0, failed: 0 } })['monitor:dropped'], {
    status: 'pass',
    observedValue: 0,
    observedUnit: 'events',
  });
  const { output, ...check } = checksOf({ dropped: { queue_full: 12, failed: 3 } })['monitor:dropped']!;
  assert.deepEqual(check, { status: 'warn', observedValue: 15, observedUnit: 'events' });
  assert.match(
    output!,
    /^not looked at: 12 × queue_full: .*fewer rules or detectors.*; 3 × failed: .*stderr/,
  );
});

test('findings are counted by severity; only a critical one of the last hour warns', () => {
  const check = (recent: Readings['recent']) => checksOf({ recent: recent ?? [] })['monitor:findings']!;
  assert.deepEqual(check([]), { status: 'pass', observedValue: 0, observedUnit: 'findings' });
  const old = check([
    ['low', 0],
    ['critical', HOUR + 1],
    ['high', 0],
    ['high', 0],
  ]);
  assert.deepEqual([old.status, old.observedValue], ['pass', 4]);
  assert.match(old.output!, /^1 critical, 2 high, 1 low; /);
  assert.equal(check([['critical', HOUR]]).status, 'warn');
  assert.doesNotMatch(JSON.stringify(check([['critical', 0]])), /ann|wipe|crm|rule/);
});

test('keys that were forgotten are said, those of limits are not among them', () => {
  assert.equal(checksOf({ evicted: ['rate_limit', 'budget'] })['monitor:evictions'], undefined);
  const { output, ...check } = checksOf({ evicted: ['budget', 'usage_user', 'usage_user', 'anomaly_tool'] })[
    'monitor:evictions'
  ]!;
  assert.deepEqual(check, { status: 'pass', observedValue: 3, observedUnit: 'keys' });
  assert.match(output!, /2 × usage_user, 1 × anomaly_tool; monitor\.keys_max/);
});

test('a state file that cannot be used warns', () => {
  assert.equal(checksOf({})['monitor:state_file'], undefined);
  assert.equal(checksOf({ isStateKept: true })['monitor:state_file'], undefined);
  assert.equal(checksOf({ isStateKept: false })['monitor:state_file']?.status, 'warn');
});

test('without a monitor there is nothing to say', () => {
  assert.deepEqual([...monitorChecks(new GuardState(), new Date(NOW))], []);
  assert.deepEqual([...monitorChecks(undefined, new Date(NOW))], []);
});
