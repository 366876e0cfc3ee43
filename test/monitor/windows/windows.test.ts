/**
 * Windows against a list of all events, over 130,000 random sequences: never more than the list says, and never less than it
 * says of a window that is shorter by the documented twelfth; exactly that where windows are exact.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  BUCKETS,
  countWindow,
  EXACT_UP_TO,
  type CountWindow,
} from '../../../src/monitor/windows/count-window';
import { Groups, keyOf, type Window } from '../../../src/monitor/windows/groups';
import { InOrder, Together } from '../../../src/monitor/windows/together';
import { ValueWindow } from '../../../src/monitor/windows/value-window';
import { forSequences, NaiveList, pick } from './sequences';

interface Timed {
  readonly time: number;
}

describe('a count of events', () => {
  test('of few is exact: 40,000 sequences', () => {
    forSequences(40_000, 40, ({ span, times, next }) => {
      const limit = 1 + next(12);
      const window = countWindow(span, limit);
      const list = new NaiveList<Timed>();
      for (const time of times) {
        list.add({ time });
        const count = window.add(time);
        assert.equal(count, Math.min(list.within(span).length, limit + 1));
        assert.equal(window.clock, list.clock);
        assert.ok(window.entries <= limit + 1);
      }
    });
  });

  test('of many is never early, and late by a twelfth of the timespan at most: 20,000 sequences', () => {
    let isExact = 0;
    let isLess = 0;
    forSequences(20_000, 120, ({ span, times }) => {
      const window = countWindow(span, EXACT_UP_TO + 1);
      const list = new NaiveList<Timed>();
      for (const time of times) {
        list.add({ time });
        const count = window.add(time);
        const most = list.within(span).length;
        assert.ok(count <= most, `early: ${count} of ${most}`);
        const least = list.within(span - span / BUCKETS).length;
        assert.ok(count >= least, `late: ${count}, although ${least} lie in a window a twelfth shorter`);
        if (count === most) isExact += 1;
        else isLess += 1;
        assert.equal(window.clock, list.clock);
        assert.equal(window.entries, BUCKETS);
      }
    });
    // Both happen, or this tests nothing.
    assert.ok(isExact > 10_000 && isLess > 10_000, `${isExact} and ${isLess}`);
  });

  test('between the two the way of counting changes, and nothing is early or late by more', () => {
    for (const limit of [EXACT_UP_TO - 1, EXACT_UP_TO, EXACT_UP_TO + 1]) {
      const window = countWindow(60_000, limit);
      // One event in 900 ms: 66 or 67 in a window, 61 in eleven twelfths.
      const counts = Array.from({ length: 200 }, (_, index) => window.add(1e12 + index * 900));
      const most = Math.max(...counts);
      assert.ok(most >= 61 && most <= 67, `${limit}: ${most}`);
    }
  });

  test('takes the events of a year at once, and times before 1970', () => {
    for (const limit of [5, 100]) {
      const window = countWindow(1_000, limit);
      assert.equal(window.add(-5_000), 1);
      assert.equal(window.add(-4_500), 2);
      assert.equal(window.add(Date.UTC(2026, 0)), 1);
      assert.equal(window.add(-4_400), 1);
      assert.equal(window.add(Date.UTC(2027, 0)), 1);
    }
  });
});

test('a count of values is exact: 20,000 sequences', () => {
  forSequences(20_000, 40, ({ span, times, next }) => {
    const limit = 1 + next(8);
    const window = new ValueWindow(span, limit);
    const list = new NaiveList<Timed & { readonly value: string }>();
    for (const time of times) {
      const value = pick(next, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
      list.add({ time, value });
      const count = window.add(time, value);
      const values = new Set(list.within(span).map((event) => event.value));
      assert.equal(count, Math.min(values.size, limit + 1));
      assert.ok(window.entries <= 10 * (limit + 1));
      assert.equal(window.clock, list.clock);
    }
  });
});

test('things in any order are seen exactly: 15,000 sequences', () => {
  forSequences(15_000, 30, ({ span, times, next }) => {
    const things = 2 + next(4);
    const window = new Together(span, things);
    const list = new NaiveList<Timed & { readonly thing: number }>();
    for (const time of times) {
      const thing = next(things);
      list.add({ time, thing });
      assert.equal(window.add(time, thing), new Set(list.within(span).map((event) => event.thing)).size);
    }
  });
});

interface Step extends Timed {
  readonly step: number;
  readonly value: string | undefined;
}

/** Whether events that match the steps one after the other, the last of them last, are among these. */
function isChain(events: readonly Step[], steps: number): boolean {
  const ends = (at: number, step: number): boolean => {
    const event = events[at]!;
    if (event.step !== step) return false;
    if (step === 0) return true;
    const before = events.slice(0, at);
    const isOther = ({ value }: Step): boolean => value === undefined || value !== event.value;
    return before.some((one, index) => isOther(one) && ends(index, step - 1));
  };
  return ends(events.length - 1, steps - 1);
}

describe('things in order', () => {
  for (const [title, values] of [
    ['of any values', [undefined]],
    ['each of another value than the one before', ['a', 'b', 'c']],
  ] as const) {
    test(`${title} are seen exactly: 10,000 sequences`, () => {
      let completed = 0;
      forSequences(10_000, 24, ({ span, times, next }) => {
        const steps = 1 + next(4);
        const window = new InOrder(span, steps);
        const list = new NaiveList<Step>();
        for (const time of times) {
          const event = { time, step: next(steps), value: pick(next, values) };
          list.add(event);
          const inWindow = list.within(span);
          const isSeen = window.add(event.time, event.step, event.value);
          assert.equal(isSeen, inWindow.at(-1) === event && isChain(inWindow, steps));
          if (isSeen) completed += 1;
        }
      });
      assert.ok(completed > 10_000, String(completed));
    });
  }
});

interface Kind<W extends Window> {
  readonly create: (span: number, clock: number) => W;
  readonly add: (window: W, event: Step) => number;
  /** The same of everything in the window, of which the last has just happened. */
  readonly exact: (events: readonly Step[], last: Step) => number;
}

/** Each is given its own windows alone. */
const kindOf = <W extends Window>(kind: Kind<W>): Kind<Window> => kind as unknown as Kind<Window>;

const kinds = {
  'few events': kindOf({
    create: (span, clock) => countWindow(span, 5, clock),
    add: (window: CountWindow, { time }) => window.add(time),
    exact: (events) => Math.min(events.length, 6),
  }),
  'many events': kindOf({
    create: (span, clock) => countWindow(span, 100, clock),
    add: (window: CountWindow, { time }) => window.add(time),
    exact: (events) => events.length,
  }),
  values: kindOf({
    create: (span, clock) => new ValueWindow(span, 3, clock),
    add: (window: ValueWindow, { time, value = '' }) => window.add(time, value),
    exact: (events) => Math.min(new Set(events.map(({ value }) => value)).size, 4),
  }),
  'things in any order': kindOf({
    create: (span, clock) => new Together(span, 2, clock),
    add: (window: Together, { time, step }) => window.add(time, step),
    exact: (events) => new Set(events.map(({ step }) => step)).size,
  }),
  'things in order': kindOf({
    create: (span, clock) => new InOrder(span, 2, clock),
    add: (window: InOrder, { time, step, value }) => Number(window.add(time, step, value)),
    exact: (events, last) => Number(events.at(-1) === last && isChain(events, 2)),
  }),
};

describe('groups', () => {
  for (const [title, { create, add, exact }] of Object.entries(kinds)) {
    test(`of ${title} beyond the bounds are forgotten and counted, which makes no count higher: 3,000 sequences`, () => {
      let evictions = 0;
      let lower = 0;
      forSequences(3_000, 40, ({ span, times, next }) => {
        const bounds = { maxGroups: 1 + next(4), maxEntries: 4 + next(40) };
        const evicted = (state: string): void => {
          assert.equal(state, 'monitor_rules');
          evictions += 1;
        };
        const groups = new Groups<Window>((clock) => create(span, clock), evicted, bounds);
        const lists = new Map<string, NaiveList<Step>>();
        for (const time of times) {
          const key = pick(next, ['a', 'b', 'c', 'd', 'e', 'f']);
          const list = lists.get(key) ?? new NaiveList<Step>();
          lists.set(key, list);
          const event = { time, step: next(2), value: pick(next, ['s', 't', 'u', 'v', 'w']) };
          list.add(event);
          const count = groups.change(key, ({ window }) => add(window, event));
          const most = exact(list.within(span), event);
          assert.ok(count <= most, `${count} of ${most}`);
          if (count < most) lower += 1;
        }
      });
      assert.ok(evictions > 3_000 && lower > 300, `${evictions} evictions, ${lower} counts too low`);
    });
  }

  test('a group that is used stays, whatever else comes', () => {
    const groups = new Groups(
      () => countWindow(1_000, 5),
      () => {},
      { maxGroups: 3, maxEntries: 1_000 },
    );
    for (let other = 0; other < 100; other += 1) {
      groups.change(`other ${other}`, ({ window }) => window.add(0));
      assert.equal(
        groups.change('kept', ({ window }) => window.add(0)),
        Math.min(other + 1, 6),
      );
    }
  });

  test('a long key is short, and another one’s', () => {
    const long = 'x'.repeat(5_000);
    assert.ok(keyOf([long]).length < 100);
    assert.notEqual(keyOf([long, 'a']), keyOf([long, 'b']));
    assert.notEqual(keyOf(['ab', '']), keyOf(['a', 'b']));
  });
});
