/** What raises an alert, at which number exactly, and what makes the exit code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import type { Severity } from '../../src/core/severity';
import { exitCodeOf } from '../../src/report/fail-on';
import { Minutes } from '../../src/report/minutes';
import type { Alert } from '../../src/report/model';
import { REPOSITORY } from '../support/installs';
import { blocked, call, failed, HOUR, MINUTE, observed, reportOf, series, START } from './support';

const names = (alerts: readonly Alert[]): string[] =>
  alerts.map(({ name, severity }) => `${severity} ${name}`);

describe('denials per hour', () => {
  for (const [event, limit, name] of [
    ['mcp_access_denied', 10, 'HighAccessDeniedRate'],
    ['mcp_rate_limit', 20, 'HighRateLimitHits'],
    ['mcp_budget_exceeded', 5, 'BudgetExceeded'],
  ] as const) {
    test(`${event}: ${limit} in an hour are none, ${limit + 1} are an alert`, async (t) => {
      const lines = (count: number) =>
        series(count, START, MINUTE, (fields) => blocked({ ...fields, event }));
      assert.deepEqual(names((await reportOf(t, lines(limit))).alerts), []);
      const { alerts } = await reportOf(t, lines(limit + 1));
      assert.deepEqual(names(alerts), [`medium ${name}`]);
      assert.equal(alerts[0]?.value, limit + 1);
      assert.equal(alerts[0]?.threshold, limit);
      assert.match(
        alerts[0]?.message ?? '',
        new RegExp(
          `^${limit + 1} .* in the hour from 2026-0\\d-\\d\\d .*UTC, more than ${limit}: ${limit + 1} blocked, 0 observed$`,
        ),
      );
    });
  }

  test('the hour begins anywhere, and not at a full one', async (t) => {
    const lines = series(11, START + 40 * MINUTE, 4 * MINUTE, blocked);
    const { alerts } = await reportOf(t, lines);
    assert.deepEqual(names(alerts), ['medium HighAccessDeniedRate']);
    assert.ok(Date.parse(alerts[0]!.from!) <= START + 40 * MINUTE);
    assert.ok(Date.parse(alerts[0]!.to!) > START + 80 * MINUTE);
    assert.equal(Date.parse(alerts[0]!.to!) - Date.parse(alerts[0]!.from!), HOUR);
  });

  test('as many in more than an hour are none', async (t) => {
    assert.deepEqual((await reportOf(t, series(30, START, 7 * MINUTE, blocked))).alerts, []);
  });

  test('observed ones count, and are told apart', async (t) => {
    const lines = series(6, START, MINUTE, blocked);
    const would = Array.from({ length: 6 }, () => observed()).flat();
    const { alerts } = await reportOf(t, [...lines, ...would]);
    assert.match(alerts[0]!.message, /^12 access denied .*: 6 blocked, 6 observed$/);
  });

  test('two files with the same hour are one hour', async (t) => {
    const half = series(6, START, MINUTE, blocked);
    assert.equal(
      (await reportOf(t, [...half, ...series(3, START + 9 * HOUR, 1, call), ...half])).alerts[0]?.value,
      12,
    );
  });
});

describe('the error rate', () => {
  const mixed = (calls: number, failures: number, step = MINUTE) =>
    series(calls, START, step, (fields) => call(fields)).map((line, index) =>
      index < failures ? { ...failed(), timestamp: line.timestamp } : line,
    );

  for (const [calls, failures, expected] of [
    [20, 1, []],
    [20, 2, ['medium HighErrorRate']],
    [40, 5, ['high HighErrorRate']],
    [9, 9, []],
    [10, 10, ['high HighErrorRate']],
  ] as const) {
    test(`${failures} of ${calls} calls in an hour: ${expected[0] ?? 'no alert'}`, async (t) => {
      // All at once: in a sliding hour the worst part of it would count.
      assert.deepEqual(names((await reportOf(t, mixed(calls, failures, 0))).alerts), expected);
    });
  }

  test('of one bad hour is not hidden by a good day', async (t) => {
    const good = series(2_000, START, 30_000, call);
    const bad = series(20, START + 5 * HOUR, 1_000, failed);
    const { alerts } = await reportOf(t, [...good, ...bad]);
    assert.deepEqual(names(alerts), ['high HighErrorRate']);
    assert.match(alerts[0]!.message, /in the hour from 2026-03-01 04:/);
  });

  test('of calls so rare that no hour has enough of them counts over the whole period', async (t) => {
    const { alerts } = await reportOf(t, series(24, START, HOUR, failed));
    assert.deepEqual(names(alerts), ['high HighErrorRate']);
    assert.deepEqual([alerts[0]?.from, alerts[0]?.value], [null, 100]);
    assert.match(alerts[0]!.message, /over the whole period, more than 10 %: 24 of 24 calls failed$/);
  });

  test('denied calls are neither errors nor among the calls', async (t) => {
    const lines = [...mixed(20, 1, 0), ...series(10, START, 0, blocked)];
    assert.deepEqual(names((await reportOf(t, lines)).alerts), []);
  });
});

test('lines that writers lost are an alert, as in the alert rules', async (t) => {
  const { alerts } = await reportOf(t, [call(), call({ dropped: 3 })]);
  assert.deepEqual(names(alerts), ['high McpAuditRecordsDropped']);
  assert.match(alerts[0]?.message ?? '', /^3 lines of the audit log could not be written/);
});

test('every alert of the report is an alert rule, or about the log itself', () => {
  const rules = readFileSync(join(REPOSITORY, 'collector-config/prometheus/rules/mcp-alerts.yaml'), 'utf8');
  const ours = [
    'HighAccessDeniedRate',
    'HighRateLimitHits',
    'BudgetExceeded',
    'HighErrorRate',
    'McpAuditRecordsDropped',
  ];
  for (const name of ours) assert.match(rules, new RegExp(`alert: ${name}$`, 'm'));
});

test('thresholds can be changed, and one that makes no sense is an error', async (t) => {
  const lines = series(3, START, MINUTE, blocked);
  assert.equal((await reportOf(t, lines, { thresholds: { access_denied_per_hour: 2 } })).alerts.length, 1);
  await assert.rejects(
    reportOf(t, lines, { thresholds: { error_percent: 101 } }),
    /error_percent is a number from 0 to 100/,
  );
  const unknown = { errors: 1 } as Record<string, number>;
  await assert.rejects(reportOf(t, lines, { thresholds: unknown }), /there is no 'errors'/);
});

describe('objectives', () => {
  test('are met beyond their number, not at it', async (t) => {
    const at = [...series(95, START, 0, call), ...series(5, START, 0, failed)];
    const of = async (lines: Parameters<typeof reportOf>[1]) =>
      (await reportOf(t, lines)).objectives.map(({ is_met }) => is_met);
    assert.deepEqual(await of(at), [false, true, true], '95 % is not more than 95 %');
    assert.deepEqual(await of([...at, call()]), [true, true, true]);
    assert.deepEqual(await of([call({ latency_ms: 1_000 })]), [true, false, true]);
    assert.deepEqual(
      await of([...series(99, START, 0, call), blocked()]),
      [true, true, false],
      '1 % is not less',
    );
    assert.deepEqual(await of([...series(100, START, 0, call), blocked()]), [true, true, true]);
  });
});

test('exit codes: 1 from low and medium, 2 from high and critical, by --fail-on', () => {
  const rows: readonly (readonly [Severity[], number, number])[] = [
    [[], 0, 0],
    [['low'], 1, 0],
    [['medium', 'low'], 1, 0],
    [['high'], 2, 2],
    [['medium', 'critical'], 2, 2],
  ];
  for (const [severities, warning, critical] of rows) {
    const alerts = severities.map((severity) => ({ severity }) as Alert);
    assert.deepEqual(
      [exitCodeOf(alerts, 'warning'), exitCodeOf(alerts, 'critical'), exitCodeOf(alerts, 'none')],
      [warning, critical, 0],
      severities.join(),
    );
  }
});

describe('the worst hour', () => {
  test('is that of a count of every hour that begins at a minute', () => {
    const times = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(times, (minutes) => {
        const counted = new Minutes();
        for (const minute of minutes) counted.add(START + minute * MINUTE, 'access_denied');
        let most = 0;
        for (let from = -60; from <= 400; from += 1) {
          most = Math.max(most, minutes.filter((minute) => minute >= from && minute < from + 60).length);
        }
        assert.equal(counted.worstHour((counts) => counts.access_denied)?.counts.access_denied, most);
      }),
    );
  });

  test('of ten years of minutes is found in bounded memory, less exactly', () => {
    const counted = new Minutes();
    for (let slot = 0; slot < 300_000; slot += 1) counted.add(START + slot * 17 * MINUTE, 'calls');
    for (let one = 0; one < 50; one += 1) counted.add(START + 100 * HOUR, 'errors');
    assert.ok(counted.resolution > MINUTE && counted.resolution <= HOUR);
    const hour = counted.worstHour((counts) => counts.errors);
    assert.equal(hour?.counts.errors, 50);
    assert.ok(hour.from <= START + 100 * HOUR && hour.to > START + 100 * HOUR);
  });
});
