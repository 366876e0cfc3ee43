/** The same again, whatever comes: restarts, clocks that are set, values that nobody meant. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { MonitoredLine } from '../../../src/monitor/line';
import { call, DAY, failed, HOUR, MINUTE, ordinary, randomFrom, START, told, watch } from './support/traffic';

/** Five weeks with a bit of everything in them. */
function eventful(): MonitoredLine[] {
  const lines = ordinary(START, START + 20 * DAY, 11);
  return lines.map((line, at) => {
    if (at % 1_900 === 1_800) return { ...line, latency_ms: 30_000 };
    if (at > 9_000 && at < 9_060) return { ...line, ...failed };
    if (at % 3_000 === 2_900) return { ...line, user_id: 'dave', tool_name: 'export', res_bytes: 3_000_000 };
    return at > 12_000 && at < 12_040 ? { ...line, timestamp: lines[12_000]!.timestamp } : line;
  });
}

describe('detectors', () => {
  test('raise the same of the same lines, and of what a log keeps of them', () => {
    const lines = eventful();
    const first = watch().see(lines);
    assert.ok(first.length >= 5, `${first.length} findings`);
    assert.deepEqual(watch().see(lines), first);
    const read = JSON.parse(JSON.stringify(lines)) as MonitoredLine[];
    assert.deepEqual(told(watch().see(read)), told(first));
  });

  test('go on after a restart as if there had been none', () => {
    const lines = eventful();
    const all = watch().see(lines);
    for (const place of [1_000, 7_777, 9_030, 12_020]) {
      const before = watch();
      const found = before.see(lines.slice(0, place));
      const after = watch();
      after.detectors.restore(JSON.parse(JSON.stringify([...before.detectors.save()])) as unknown[]);
      found.push(...after.see(lines.slice(place)));
      assert.deepEqual(told(found), told(all), `restart after ${place}`);
      const uninterrupted = watch();
      uninterrupted.see(lines);
      assert.deepEqual([...after.detectors.save()], [...uninterrupted.detectors.save()]);
    }
  });

  test('take nothing from a state that is none', () => {
    const lines = ordinary(START, START + 5 * DAY);
    const expected = told(watch().see(lines));
    const { detectors } = watch();
    detectors.restore([]);
    const [row] = [...watchedRows()];
    const hostile: unknown[] = [
      null,
      1,
      'tool',
      [],
      ['tool'],
      ['tool', { names: ['a', 'b'], slot: -1, id: 1 }, row],
      ['tool', { names: ['a', 'b'], slot: 1e9, id: 1 }, row],
      ['tool', { names: ['a', 'b'], slot: 0, id: 1 }, 'AAAA'],
      ['user', { names: ['a', 7], slot: 0, id: 1 }, row],
      ['user', null, row, [{ version: 1, state: 'x' }]],
      ['clock', [Number.NaN, 1, 2, 3], ['x'], [-5, 'y'], [1e9, 'z'], [1], 'tails'],
      ['pairs', ['pair', -1, 2]],
      ['pairs', ['allowance', ['a', 'b']]],
      ['servers', ['server', 5, 'x']],
    ];
    const watched = watch();
    watched.detectors.restore(hostile);
    assert.deepEqual(told(watched.see(lines)), expected);
  });

  test('bear lines that come late, and in another order', () => {
    const random = randomFrom(5);
    const lines = ordinary(START, START + 14 * DAY, 3);
    const shuffled = lines
      .map((line) => ({ line, at: Date.parse(line.timestamp) + random() * 10 * MINUTE }))
      .toSorted((one, other) => one.at - other.at)
      .map(({ line }) => line);
    assert.deepEqual(told(watch().see(shuffled)), []);
  });

  test('bear a clock that is set back, and one line from the future', () => {
    const { see, detectors } = watch();
    const lines = ordinary(START, START + 10 * DAY);
    assert.deepEqual(told(see(lines)), []);
    assert.deepEqual(told(see(ordinary(START + 5 * DAY, START + 9 * DAY, 9))), []);
    const { tools, users } = detectors.sizes();
    assert.deepEqual(told(see([call(START + 2_000 * DAY)])), []);
    assert.deepEqual(told(see(ordinary(START + 9 * DAY, START + 12 * DAY, 4))), []);
    assert.deepEqual([detectors.sizes().tools, detectors.sizes().users], [tools, users]);
    assert.equal(see([call(START + 12 * DAY, { latency_ms: 30_000 })]).length, 1);
  });

  test('bear values and names that nobody meant', () => {
    const { see, detectors } = watch({ keysMax: 20 });
    const numbers = [Number.NaN, -1, 0, Infinity, -Infinity, 1e300, Number.MAX_VALUE, undefined];
    const names = [
      '',
      '\u0000',
      'x'.repeat(1_000_000),
      'a\u0000\u0000b',
      '\u202Eevil\n',
      '__proto__',
      null,
      undefined,
    ];
    const lines = ordinary(START, START + 4 * DAY).map((line, at) => ({
      ...line,
      latency_ms: at % 3 === 0 ? numbers[at % numbers.length] : line.latency_ms,
      res_bytes: at % 5 === 0 ? numbers[(at >> 3) % numbers.length] : line.res_bytes,
      user_id: at % 7 === 0 ? names[(at >> 1) % names.length] : line.user_id,
      tool_name: at % 11 === 0 ? names[(at >> 2) % names.length] : line.tool_name,
      server_id: at % 13 === 0 ? names[(at >> 2) % names.length] : line.server_id,
      tool_digest: at % 17 === 0 ? 'd'.repeat(at) : undefined,
    }));
    for (const { description, score } of see(lines)) {
      assert.ok(description.length < 400, description.slice(0, 500));
      assert.doesNotMatch(description, /NaN|Infinity|undefined|[\n\p{Cc}\p{Cf}]/u);
      assert.ok(score >= 0 && score <= 1);
    }
    const saved = JSON.stringify([...detectors.save()]);
    assert.ok(saved.length < 100_000, `${saved.length} characters`);
    const again = watch({ keysMax: 20 });
    again.detectors.restore(JSON.parse(saved) as unknown[]);
    assert.deepEqual(again.detectors.sizes(), detectors.sizes());
    for (const timestamp of ['', 'yesterday', '+275760-09-13T00:00:00.000Z', '0001-01-01T00:00:00.000Z'])
      assert.deepEqual(see([{ ...call(START), timestamp }]), []);
  });

  test('remember no more keys than they may, and count those that went', () => {
    const { see, detectors, evicted } = watch({ keysMax: 50 });
    const lines = Array.from({ length: 5_000 }, (_, at) =>
      call(START + at * MINUTE, { user_id: `user${at % 1_000}`, tool_name: `tool${at % 70}` }),
    );
    assert.deepEqual(see(lines), []);
    assert.deepEqual(detectors.sizes(), { tools: 50, users: 50, series: 0 });
    assert.deepEqual([...new Set(evicted)].toSorted(), ['anomaly_tool', 'anomaly_user', 'anomaly_user_tool']);
  });

  test('forget what was not used for long', () => {
    const { see, detectors } = watch({ maxAge: 5 * DAY });
    see(ordinary(START, START + 3 * DAY));
    const others = ordinary(START + 3 * DAY, START + 12 * DAY).map((line) => ({
      ...line,
      user_id: 'zoe',
      tool_name: 'other',
    }));
    see(others);
    assert.deepEqual([detectors.sizes().tools, detectors.sizes().users], [1, 1]);
    assert.deepEqual(told(see([call(START + 12 * DAY + HOUR, { latency_ms: 60_000 })])), []);
  });

  test('do not call new what they had to forget', () => {
    const { see } = watch({ keysMax: 60 });
    const lines = Array.from({ length: 20 * 24 * 30 }, (_, at) =>
      call(START + at * 2 * MINUTE, { user_id: `user${at % 10}`, tool_name: `tool${(at * 7) % 30}` }),
    );
    assert.deepEqual(
      told(see(lines)).filter((one) => one.startsWith('new_tool')),
      [],
    );
  });
});

function* watchedRows(): Generator<string> {
  const { see, detectors } = watch();
  see(ordinary(START, START + HOUR));
  for (const one of detectors.save() as Iterable<unknown[]>) if (one[0] === 'tool') yield one[2] as string;
}
