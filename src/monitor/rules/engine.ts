/** Runs rules over events. */
import { TYPES, type Category, type EventType, type MonitoringEvent, type Result } from '../event';
import type { Evicted, Finding, Watcher } from '../finding';
import type { Persistent } from '../state';
import { boundsOfEach, keyOf, type Groups, type Window } from '../windows/groups';
import type { CompiledDetection, CompiledRules } from './compile';
import { NONE, RunningCorrelation, type Match } from './correlate';
import { describeMatch } from './describe';
import { compileExpression, decide, simplified, type Matches } from './expression';
import { groupValues, textsOf } from './group-values';
import { Silence } from './silence';

/** Rules that an event of one kind can matter to, each in the order of the compiled rules. */
interface Slot {
  readonly detections: readonly RunningDetection[];
  readonly correlations: readonly RunningCorrelation[];
}

interface RunningDetection {
  readonly rule: CompiledDetection;
  /** Of events that it can matter to: without what is known of all of them. */
  readonly matches: Matches;
  /** Where it raises findings. */
  readonly silence: Silence | undefined;
}

const RESULTS: readonly (Result | undefined)[] = [undefined, 'success', 'failure', 'denied'];

/** Whether it remembers something of groups. */
const isStateful = (rule: CompiledRules['rules'][number]): boolean =>
  'correlation' in rule || (rule.raises && rule.realert > 0);

/** One finding for these in a time, of a rule over single events. */
const GROUP_OF_MATCH = ['tenant_id', 'user_id', 'server_id', 'target'] as const;

export class RuleEngine implements Watcher, Persistent {
  readonly name = 'rules';
  /** By type and result: most events concern no rule, and cost no more than this look. */
  private readonly slots = new Map<EventType, ReadonlyMap<Result | undefined, Slot>>();
  /** What is remembered, by the fingerprint of the rule. */
  private readonly groups = new Map<string, Groups<Window>>();
  /** What the rules say of the event that is looked at, by index. */
  private readonly matches: Match[];

  constructor(
    private readonly compiled: CompiledRules,
    evicted: Evicted,
  ) {
    this.matches = compiled.rules.map(() => NONE);
    const bounds = boundsOfEach(compiled.rules.filter(isStateful).length);
    const detections = new Map<number, RunningDetection>();
    const correlations = new Map<number, RunningCorrelation>();
    for (const rule of compiled.rules) {
      if ('correlation' in rule) correlations.set(rule.index, new RunningCorrelation(rule, evicted, bounds));
      else
        detections.set(rule.index, {
          rule,
          matches: rule.matches,
          silence: rule.raises ? new Silence(rule.realert, evicted, bounds) : undefined,
        });
    }
    for (const { rule, silence } of detections.values())
      if (silence?.groups !== undefined) this.groups.set(rule.fingerprint, silence.groups);
    for (const { rule, groups } of correlations.values()) this.groups.set(rule.fingerprint, groups);
    for (const [category, types] of Object.entries(TYPES) as [Category, readonly EventType[]][]) {
      for (const type of types) this.slots.set(type, slotsOf(category, type, detections, correlations));
    }
  }

  /** Everything that can be raised. */
  ruleNames(): CompiledRules['kinds'] {
    return this.compiled.kinds;
  }

  *save(): Generator<readonly unknown[]> {
    for (const [fingerprint, groups] of this.groups) {
      for (const group of groups.save()) yield [fingerprint, ...group];
    }
  }

  restore(saved: readonly unknown[]): void {
    for (const one of saved) {
      const [fingerprint, ...group] = Array.isArray(one) ? (one as unknown[]) : [];
      if (typeof fingerprint === 'string') this.groups.get(fingerprint)?.restore(group);
    }
  }

  concerns(name: string, event: MonitoringEvent): boolean | undefined {
    const rules = this.compiled.rules.filter(({ raises, rule }) => raises && rule === name);
    return rules.length === 0 ? undefined : rules.some((rule) => restsOn(rule, event));
  }

  observe(event: MonitoringEvent, raise: (finding: Finding) => void): void {
    const slot = this.slots.get(event.type)?.get(event.result);
    if (slot === undefined) return;
    const { matches } = this;
    let isAny = false;
    for (const { rule, matches: isMatch, silence } of slot.detections) {
      if (!isMatch(event)) continue;
      if (!isAny) matches.fill(NONE);
      isAny = true;
      matches[rule.index] = 'new';
      if (silence !== undefined) raiseMatch(rule, silence, event, raise);
    }
    if (!isAny) return;
    for (const running of slot.correlations) {
      matches[running.rule.index] = running.observe(event, matches, raise);
    }
  }
}

function restsOn(rule: CompiledRules['rules'][number], event: MonitoringEvent): boolean {
  return 'correlation' in rule
    ? rule.references.some((reference) => restsOn(reference, event))
    : rule.matches(event);
}

function raiseMatch(
  rule: CompiledDetection,
  silence: Silence,
  event: MonitoringEvent,
  raise: (finding: Finding) => void,
): void {
  const key = keyOf(textsOf(event, GROUP_OF_MATCH));
  if (!silence.isOver(key, event)) return;
  const values = groupValues(event, GROUP_OF_MATCH);
  raise({
    category: 'security_alert',
    rule: rule.rule,
    severity: rule.severity,
    score: 1,
    description: describeMatch(rule.title, values),
    recommendedAction: rule.recommendedAction,
    group: Object.fromEntries(values),
    count: 1,
    since: event.timestamp,
    event,
  });
}

function slotsOf(
  category: Category,
  type: EventType,
  detections: ReadonlyMap<number, RunningDetection>,
  correlations: ReadonlyMap<number, RunningCorrelation>,
): ReadonlyMap<Result | undefined, Slot> {
  const slots = new Map<Result | undefined, Slot>();
  for (const result of RESULTS) {
    const known = { category, type, result };
    const possible = [...detections.values()]
      .filter(({ rule }) => decide(rule.expression, known) !== false)
      .map((running) => ({
        ...running,
        matches: compileExpression(simplified(running.rule.expression, known)),
      }));
    if (possible.length === 0) continue;
    // In this order what a correlation refers to comes before it.
    const reached = new Set(possible.map(({ rule }) => rule.index));
    const concerned: RunningCorrelation[] = [];
    for (const running of correlations.values()) {
      if (!running.rule.references.some(({ index }) => reached.has(index))) continue;
      reached.add(running.rule.index);
      concerned.push(running);
    }
    slots.set(result, { detections: possible, correlations: concerned });
  }
  return slots;
}
