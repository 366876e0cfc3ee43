/** Runs one correlation. */
import type { MonitoringEvent } from '../event';
import type { Evicted, Finding } from '../finding';
import type { MonitoredLine } from '../line';
import { countWindow, type CountWindow } from '../windows/count-window';
import { Groups, keyOf, type Bounds, type Window } from '../windows/groups';
import { InOrder, Together } from '../windows/together';
import { ValueWindow } from '../windows/value-window';
import type { CompiledCorrelation } from './compile';
import { describeCorrelation } from './describe';
import { groupValues, textsOf } from './group-values';

/**
 * What a rule says of an event: nothing; that it matches, for the first time since it was silent; or that it matches still. A
 * detection matches always for the first time.
 */
export type Match = 'none' | 'new' | 'still';
export const NONE: Match = 'none';

/** @returns how many there are, where the condition is met; else `undefined` */
type Add = (window: Window, event: MonitoringEvent, reference: number) => number | undefined;

export class RunningCorrelation {
  readonly groups: Groups<Window>;
  private readonly add: Add;
  /** References are looked at in this order: no event is two steps of one sequence. */
  private readonly order: readonly number[];
  /** Whether one event counts once, whichever and however many of the rules it matches. */
  private readonly isCount: boolean;
  private lastLine: MonitoredLine | undefined;
  private lastKey = '';

  constructor(
    readonly rule: CompiledCorrelation,
    evicted: Evicted,
    bounds: Bounds,
  ) {
    const { type } = rule.correlation;
    const { create, add } = windowsOf(rule);
    this.groups = new Groups(create, evicted, bounds);
    this.add = add;
    this.isCount = type === 'event_count' || type === 'value_count';
    const order = rule.references.map((_, index) => index);
    this.order = type === 'temporal_ordered' ? order.toReversed() : order;
  }

  /** @param matches - what the rules that this one refers to say of the event, by index */
  observe(event: MonitoringEvent, matches: readonly Match[], raise: (finding: Finding) => void): Match {
    let match: Match = NONE;
    for (const reference of this.order) {
      const matched = matches[this.rule.references[reference]!.index];
      // What counts correlations counts their findings, not every event after.
      if (matched === 'none' || (this.isCount && matched === 'still')) continue;
      const result = this.observeAs(reference, event, raise);
      if (result !== 'none' && match !== 'new') match = result;
      if (this.isCount) break;
    }
    return match;
  }

  /** A call can be several events, and counts once in a group all the same. */
  private isCounted(line: MonitoredLine, key: string): boolean {
    if (line === this.lastLine && key === this.lastKey) return true;
    this.lastLine = line;
    this.lastKey = key;
    return false;
  }

  private observeAs(reference: number, event: MonitoringEvent, raise: (finding: Finding) => void): Match {
    const { rule } = this;
    const key = keyOf(textsOf(event, rule.groupBy[reference]!));
    if (rule.correlation.type === 'event_count' && this.isCounted(event.line, key)) return 'none';
    return this.groups.change(key, (group): Match => {
      const { window } = group;
      const count = this.add(window, event, reference);
      if (count === undefined) return 'none';
      if (window.clock < group.silentUntil) return 'still';
      group.silentUntil = window.clock + rule.realert;
      if (rule.raises) raise(findingOf(rule, reference, event, count, window.clock));
      return 'new';
    });
  }
}

function findingOf(
  rule: CompiledCorrelation,
  reference: number,
  event: MonitoringEvent,
  count: number,
  clock: number,
): Finding {
  const group = groupValues(event, rule.groupBy[reference]!);
  return {
    category: 'security_alert',
    rule: rule.rule,
    severity: rule.severity,
    score: 1,
    description: describeCorrelation(rule, count, group),
    recommendedAction: rule.recommendedAction,
    group: Object.fromEntries(group),
    count,
    since: clock - rule.correlation.timespan,
    event,
  };
}

interface Windows {
  readonly create: (clock: number) => Window;
  readonly add: Add;
}

function windowsOf({ correlation, references }: CompiledCorrelation): Windows {
  const { counted, distinctBy, limit, timespan, type } = correlation;
  const met = (count: number): number | undefined =>
    (limit.operator === 'eq' ? count === limit.number : count >= limit.number) ? count : undefined;
  switch (type) {
    case 'event_count':
      return {
        create: (clock) => countWindow(timespan, limit.number, clock),
        add: (window, event) => met((window as CountWindow).add(event.timestamp)),
      };
    case 'value_count':
      return {
        create: (clock) => new ValueWindow(timespan, limit.number, clock),
        add: (window, event) => {
          const values = textsOf(event, counted);
          // An event without a value has none that could be another one.
          if (values.every((value) => value === '')) return undefined;
          return met((window as ValueWindow).add(event.timestamp, keyOf(values)));
        },
      };
    case 'temporal':
      return {
        create: (clock) => new Together(timespan, references.length, clock),
        add: (window, event, reference) => met((window as Together).add(event.timestamp, reference)),
      };
    case 'temporal_ordered':
      return {
        create: (clock) => new InOrder(timespan, references.length, clock),
        add: (window, event, reference) => {
          const value = distinctBy.length === 0 ? undefined : keyOf(textsOf(event, distinctBy));
          return (window as InOrder).add(event.timestamp, reference, value) ? references.length : undefined;
        },
      };
  }
}
