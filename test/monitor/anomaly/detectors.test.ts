/** Each detector finds its case, says it in words, and is silent about what is ordinary. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { detectorNames } from '../../../src/monitor/anomaly/detectors';
import type { MonitoredLine } from '../../../src/monitor/line';
import { DETECTORS } from '../../../src/policy/monitor-fields';
import {
  byDay,
  call,
  DAY,
  failed,
  HOUR,
  inOrder,
  MINUTE,
  ordinary,
  START,
  told,
  watch,
} from './support/traffic';

const LEARNT = START + 10 * DAY;

/** Ten ordinary days, and what comes then. */
function after(...lines: readonly (readonly MonitoredLine[])[]): string[] {
  const watched = watch();
  assert.deepEqual(told(watched.see(ordinary(START, LEARNT))), []);
  return told(watched.see(inOrder(...lines)));
}

/** So many calls, each so long after the one before. */
const row = (
  count: number,
  every: number,
  fields: Parameters<typeof call>[1] = {},
  from = LEARNT + 12 * HOUR,
) => Array.from({ length: count }, (_, at) => call(from + at * every, fields));

describe('what is ordinary', () => {
  for (const seed of [1, 2, 3])
    test(`is no finding in four weeks, seed ${seed}`, () => {
      assert.deepEqual(told(watch().see(ordinary(START, START + 28 * DAY, seed))), []);
    });

  test('is none with a daily rhythm', () => {
    assert.deepEqual(told(watch().see(byDay(ordinary(START, START + 28 * DAY)))), []);
  });
});

describe('detectors', () => {
  test('a call that takes far too long', () => {
    assert.deepEqual(after(row(1, 0, { latency_ms: 8_100 })), [
      'latency: search on crm took 8.1 s, usually 0.2–0.5 s',
    ]);
  });

  test('a result that is far too large', () => {
    assert.deepEqual(after(row(1, 0, { res_bytes: 4_200_000 })), [
      'result_size: search on crm returned 4.2 MB, usually 0.9–4.3 kB',
    ]);
  });

  test('a tool that becomes slow', () => {
    const slow = ordinary(LEARNT, LEARNT + 6 * HOUR).map((line) => ({
      ...line,
      latency_ms: line.latency_ms! * 3,
    }));
    const found = after(slow);
    assert.ok(
      found.some((one) =>
        /^latency: \w+ on crm has been taking 0?\.?\d+ m?s for \d+ (min|h), usually \d+ ms$/.test(one),
      ),
      found.join('\n'),
    );
    assert.ok(found.every((one) => one.startsWith('latency: ')));
  });

  test('a user who calls too often', () => {
    const found = after(row(60, 900));
    assert.match(found.join('\n'), /^call_rate: alice called tools \d+ times in a minute, usually 0–\d$/m);
  });

  test('a tool that is not called any more', () => {
    const others = ordinary(LEARNT, LEARNT + DAY).filter(({ tool_name }) => tool_name !== 'search');
    const found = after(others);
    assert.equal(found.length, 1);
    assert.match(
      found[0]!,
      /^call_rate: search on crm has not been called for \d+ h, usually \d+ times in that time$/,
    );
  });

  test('all are silent when nothing at all is called', () => {
    assert.deepEqual(after(ordinary(LEARNT + DAY, LEARNT + 2 * DAY)), []);
  });

  test('calls that fail', () => {
    const failing = ordinary(LEARNT, LEARNT + 4 * HOUR).map((line, at) =>
      at % 3 === 0 ? { ...line, ...failed } : line,
    );
    const found = after(failing);
    assert.ok(found.length > 0);
    for (const one of found)
      assert.match(
        one,
        /^error_ratio: \d+ of \d+ calls of [\w ]+ failed within .+ \(\d+ %\), usually \d(\.\d)? %$/,
      );
  });

  test('a user at a tool of others', () => {
    const before = Array.from({ length: 40 }, (_, at) =>
      call(START + at * HOUR, { user_id: 'dave', tool_name: 'export' }),
    );
    const watched = watch();
    watched.see(inOrder(ordinary(START, LEARNT), before));
    assert.deepEqual(told(watched.see([call(LEARNT, { tool_name: 'export' })])), [
      'new_tool_for_user: alice called export on crm for the first time; 1 other user has used it',
    ]);
  });

  test('a server', () => {
    assert.deepEqual(after(row(2, MINUTE, { server_id: 'https://files.example.org' })), [
      'new_server: server https://files.example.org was called for the first time, by alice',
    ]);
  });

  test('a tool whose definition changed, with no warm-up; not one that is rolled back', () => {
    const { see } = watch();
    const of = (at: number, digest: string) => call(START + at * MINUTE, { tool_digest: `sha256:${digest}` });
    assert.deepEqual(told(see([of(0, 'a'), of(1, 'a')])), []);
    assert.deepEqual(told(see([of(2, 'b'), of(3, 'a'), of(4, 'b')])), [
      'changed_tool: the definition of search on crm is not the one that was seen before',
    ]);
  });

  test('a user at night', () => {
    const watched = watch();
    assert.deepEqual(told(watched.see(byDay(ordinary(START, START + 21 * DAY)))), []);
    const found = watched.see(row(3, MINUTE, {}, START + 22 * DAY + 2.5 * HOUR));
    assert.deepEqual(told(found), [
      'unusual_hour: alice called search on crm at 02:00 UTC, usually calls from 08:00 to 17:00 UTC',
    ]);
  });

  test('results of one user that grow day by day', () => {
    const growing = ordinary(LEARNT, LEARNT + 14 * DAY, 5).map((line) => {
      const days = (Date.parse(line.timestamp) - LEARNT) / DAY;
      return line.user_id === 'bob'
        ? { ...line, res_bytes: Math.round(line.res_bytes! * 1.15 ** days) }
        : line;
    });
    const found = after(growing);
    assert.ok(found.length > 0);
    for (const one of found) assert.match(one, /^result_size: (results for bob have been|bob received) /);
  });

  test('a volume that no day ever had', () => {
    const big = row(400, 2 * MINUTE, { res_bytes: 30_000 });
    const found = after(big.map((line, at) => ({ ...line, res_bytes: 300_000 + at })));
    assert.match(found.join('\n'), /^result_size: /m);
  });
});

describe('a finding', () => {
  const watched = watch();
  watched.see(ordinary(START, LEARNT));
  const line = call(LEARNT, { latency_ms: 20_000, tenant_id: 'acme' });
  const [finding] = watched.see([line]);

  test('says what it is about', () => {
    assert.deepEqual(finding?.group, { server_id: 'crm', tool_name: 'search' });
    assert.equal(finding?.category, 'anomaly');
    assert.equal(finding?.rule, 'latency');
    assert.equal(finding?.severity, 'low');
    assert.equal(finding?.event.line, line);
    assert.ok(finding !== undefined && finding.since <= LEARNT && finding.since > LEARNT - MINUTE);
    assert.ok(finding !== undefined && finding.score >= 0.5 && finding.score <= 1);
  });

  test('rests on calls, and on those that were blocked', () => {
    const event = finding!.event;
    assert.equal(watched.detectors.concerns('latency', event), true);
    assert.equal(watched.detectors.concerns('brute_force', event), undefined);
    assert.equal(
      watched.detectors.concerns('latency', {
        ...event,
        category: 'performance',
        type: 'request_performance',
      }),
      false,
    );
  });

  test('has a severity for every detector, and none above medium', () => {
    assert.deepEqual(
      detectorNames().map(({ rule, severity }) => `${rule} ${severity}`),
      [
        'call_rate medium',
        'error_ratio medium',
        'latency low',
        'result_size medium',
        'new_tool_for_user low',
        'new_server medium',
        'changed_tool medium',
        'unusual_hour low',
      ],
    );
  });
});

describe('silence', () => {
  test('before two days and a hundred calls', () => {
    const early = inOrder(
      ordinary(START, START + 40 * HOUR),
      row(1, 0, { latency_ms: 60_000 }, START + 39 * HOUR),
    );
    assert.deepEqual(told(watch().see(early)), []);
    const few = Array.from({ length: 90 }, (_, at) => call(START + at * HOUR));
    assert.deepEqual(told(watch().see([...few, call(START + 91 * HOUR, { latency_ms: 60_000 })])), []);
    const enough = Array.from({ length: 110 }, (_, at) => call(START + at * HOUR));
    assert.equal(watch().see([...enough, call(START + 111 * HOUR, { latency_ms: 60_000 })]).length, 1);
  });

  test('for the time of `realert` about the same key, not about another', () => {
    const { see } = watch({ realert: 2 * HOUR });
    see(ordinary(START, LEARNT));
    const slow = (hours: number, tool_name: string, latency_ms: number) =>
      call(LEARNT + hours * HOUR, { tool_name, latency_ms });
    assert.equal(see([slow(0, 'search', 9_000)]).length, 1);
    assert.equal(see([slow(1, 'search', 90_000)]).length, 0);
    assert.equal(see([slow(1, 'get', 9_000)]).length, 1);
    assert.equal(see([slow(2.1, 'search', 90_000)]).length, 1);
  });

  test('of detectors that are off', () => {
    for (const detector of DETECTORS.filter((one) => one !== 'latency')) {
      const { see } = watch({ detectors: [detector] });
      see(ordinary(START, LEARNT));
      assert.deepEqual(told(see([call(LEARNT, { latency_ms: 60_000 })])), []);
    }
  });

  test('about users that nobody has named, and other events', () => {
    const { see, detectors } = watch();
    see(ordinary(START, LEARNT).map((line) => ({ ...line, user_id: null })));
    assert.equal(detectors.sizes().users, 0);
    assert.deepEqual(see([call(LEARNT, { event: 'audit_start' }), call(LEARNT, { event: 'mcp_auth' })]), []);
  });
});
