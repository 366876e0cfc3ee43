/** Replays audit logs through rules and detectors: what would have been raised. */
import { filesOf, STDIN } from '../../audit/inputs';
import { mayHoldPeriod } from '../../audit/period';
import { readAuditLines, type AuditLine } from '../../audit/reader';
import { Counts } from '../../core/counts';
import { rankOf, type Severity } from '../../core/severity';
import type { CompiledMonitor } from '../../monitor/compile';
import type { Evicted } from '../../monitor/finding';
import type { SavedParts } from '../../monitor/state-file';
import { Comparison, type Comparable } from './comparison';
import { byWriter, inOrderOfBegin } from './file-order';
import { linesInTime } from './in-time';
import { Kept } from './kept';
import type { FindingRow, FindingWithTimeline, MonitorReport, NamedCount } from './model';
import { SCHEMA_VERSION } from './model';
import { timedLine, type TimedLine } from './monitored-line';
import type { RaisedFinding } from './raised';
import { MonitorReplay } from './replay';
import { rowOf, withTimeline } from './rows';
import { StartState } from './start-state';
import { Timelines } from './timelines';

export interface ReplayRequest {
  /** Makes a monitor that knows nothing yet. */
  readonly compile: (evicted: Evicted) => CompiledMonitor;
  /** What is known before the first line. */
  readonly state: SavedParts | undefined;
  /** The policy keeps what a process has learned for the next one. */
  readonly isStateKept: boolean;
  readonly policy: MonitorReport['policy'];
  /** Findings from then on, milliseconds since 1970; what is before is looked at all the same. */
  readonly since?: number | undefined;
  /** Lines before then. */
  readonly until?: number | undefined;
  /** The least severity. */
  readonly severity: Severity;
  /** Names of rules and detectors; empty: all. */
  readonly rules: readonly string[];
  /** Findings that are listed. */
  readonly limit: number;
  /** One monitor looks at the lines of all writers, in the order of their times. */
  readonly isMerged: boolean;
  /** Whether what was raised live is compared with what is raised here. */
  readonly isCompared: boolean;
  /** Whether the events that led to each finding are collected: the log is read again for them, as far as they reach. */
  readonly hasTimelines: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly stdin: AsyncIterable<unknown>;
  /** Told of every finding that was asked for, some at a time, in the order in which they are found; then none is listed. */
  readonly each?: ((findings: readonly FindingRow[]) => Promise<void>) | undefined;
  /** Called often. With `pass` 2 the events of findings are collected. */
  readonly progress?: ((bytes: number, pass: 1 | 2) => void) | undefined;
}

/** Different users, and rules, that are counted apart. */
const MOST_USERS = 5_000;
const MOST_RULES = 500;
const SHOWN_USERS = 20;
/** Of standard input, which is read once, so many lines are at hand when a finding is raised. */
const MOST_RECENT = 5_000;

/**
 * @param inputs - paths, folders, globs, `.gz` files, or `-` for standard input
 * @throws when an input names nothing, or a file cannot be read
 */
export async function replayMonitor(
  inputs: readonly string[],
  request: ReplayRequest,
): Promise<MonitorReport> {
  return new Run(inputs, request).report();
}

interface Recent {
  readonly timed: TimedLine;
  readonly place: AuditLine;
}

class Run {
  private readonly files: readonly string[];
  private readonly forgotten = new Counts(MOST_RULES);
  private readonly kept: Kept;
  private readonly bySeverity: Record<Severity, number> = { low: 0, medium: 0, high: 0, critical: 0 };
  private readonly byRule = new Counts(MOST_RULES);
  private readonly byUser = new Counts(MOST_USERS);
  private readonly recent: Recent[] = [];
  /** Of findings from standard input. */
  private readonly early = new WeakMap<RaisedFinding, Timelines>();
  private found: FindingRow[] = [];
  private bytes = 0;
  /** Looks at nothing: knows what can be raised, and on what it rests. */
  private readonly reference: CompiledMonitor;

  constructor(
    inputs: readonly string[],
    private readonly request: ReplayRequest,
  ) {
    const { limit, until } = request;
    this.files = filesOf(inputs).filter((file) => mayHoldPeriod(file, { since: undefined, until }));
    this.kept = new Kept(limit);
    this.reference = request.compile(() => undefined);
  }

  async report(): Promise<MonitorReport> {
    const { hasTimelines, isCompared, isMerged, isStateKept, now, policy, since, state, until } =
      this.request;
    const comparison = isCompared ? new Comparison((finding) => this.isWanted(finding)) : undefined;
    const isOnce = hasTimelines && this.files.includes(STDIN);
    const replay = new MonitorReplay({
      compile: () => this.request.compile((what) => this.forgotten.add(what)),
      startState: new StartState(state, isStateKept),
      isMerged,
      until,
      now,
      digest: policy?.digest,
      raised: (finding) => this.raised(finding),
      observed: isOnce ? (timed, place, raised) => this.remember(timed, place, raised) : undefined,
      comparison,
    });
    for await (const lines of this.read((bytes) => this.request.progress?.(bytes, 1))) {
      for (const line of lines) replay.add(line);
      if (this.found.length > 0) await this.request.each?.(this.found.splice(0));
    }
    return {
      schema_version: SCHEMA_VERSION,
      timestamp: new Date(now).toISOString(),
      policy,
      period: { since: iso(since), until: iso(until) },
      rules: this.reference.kinds,
      summary: this.summary(),
      findings: await this.listed(isOnce),
      comparison: comparison?.figures() ?? null,
      coverage: this.coverageOf(replay),
    };
  }

  private async *read(progress: (bytes: number) => void): AsyncGenerator<readonly AuditLine[]> {
    const { isMerged, stdin } = this.request;
    this.bytes = 0;
    const more = (bytes: number): void => {
      this.bytes += bytes;
      progress(this.bytes);
    };
    if (!isMerged || this.files.length < 2) {
      for (const file of await this.writers()) yield* readAuditLines([file], stdin, more);
      return;
    }
    yield* linesInTime(this.files, (file, isLookedInto) =>
      readAuditLines([file], stdin, isLookedInto ? undefined : more),
    );
  }

  /** The files of each writer after each other; the order of the writers matters only where one goes on after another. */
  private async writers(): Promise<readonly string[]> {
    const { isStateKept, stdin } = this.request;
    const writers = byWriter(this.files);
    if (!isStateKept || writers.length < 2 || this.files.includes(STDIN)) return writers.flat();
    const inOrder = await inOrderOfBegin(writers, ([first]) => readAuditLines([first!], stdin));
    return inOrder.flatMap(({ item }) => item);
  }

  private isWanted({ rule, severity, time }: Comparable): boolean {
    const { rules, since = -Infinity, severity: least, until = Infinity } = this.request;
    const isSevere = rankOf(severity as Severity) >= rankOf(least);
    return isSevere && time >= since && time < until && (rules.length === 0 || rules.includes(rule));
  }

  private raised(raised: RaisedFinding): void {
    const { finding, time } = raised;
    const { rule, severity } = finding;
    if (!this.isWanted({ rule, severity, time })) return;
    this.bySeverity[severity] += 1;
    this.byRule.add(JSON.stringify([rule, severity]));
    this.byUser.add(finding.event.line.user_id ?? 'unknown');
    if (this.request.each === undefined) this.kept.add(raised);
    else this.found.push(rowOf(raised));
  }

  /** What is read once has to be collected at once. */
  private remember(timed: TimedLine, place: AuditLine, raised: readonly RaisedFinding[]): void {
    this.recent.push({ timed, place });
    if (this.recent.length >= 2 * MOST_RECENT) this.recent.splice(0, MOST_RECENT);
    for (const one of raised) {
      const { rule, severity } = one.finding;
      if (this.request.each !== undefined || !this.isWanted({ rule, severity, time: one.time })) continue;
      const timelines = new Timelines(this.reference.monitor, [one]);
      for (const { timed: before, place: at } of this.recent) timelines.add(before, at);
      this.early.set(one, timelines);
    }
  }

  private async listed(isOnce: boolean): Promise<FindingWithTimeline[]> {
    const kept = this.kept.inTime();
    if (!this.request.hasTimelines) return kept.map(rowOf);
    if (isOnce) return kept.map((raised) => withTimeline(raised, this.early.get(raised)!.of(raised)));
    if (kept.length === 0) return [];
    const timelines = new Timelines(this.reference.monitor, kept);
    const bytes = this.bytes;
    for await (const lines of this.read((more) => this.request.progress?.(more, 2))) {
      for (const line of lines) {
        const timed = line.record === undefined ? undefined : timedLine(line.record, this.request.now);
        if (typeof timed === 'object') timelines.add(timed, line);
      }
      if (timelines.isComplete) break;
    }
    this.bytes = bytes;
    return kept.map((raised) => withTimeline(raised, timelines.of(raised)));
  }

  private summary(): MonitorReport['summary'] {
    const { bySeverity, byRule, byUser } = this;
    return {
      total: byRule.total,
      by_severity: bySeverity,
      by_rule: byRule.entries().map(([key, count]) => {
        const [name, severity] = JSON.parse(key) as [string, string];
        return { name, severity, count };
      }),
      by_user: byUser
        .entries()
        .slice(0, SHOWN_USERS)
        .map(([name, count]): NamedCount => ({ name, count })),
    };
  }

  private coverageOf({ bad, failed, first, last, lines, writers, forgottenMonitors }: MonitorReplay) {
    const total = bad.torn + bad.unreadable + bad.too_long + bad.unusable;
    if (forgottenMonitors > 0) this.forgotten.add('monitor', forgottenMonitors);
    return {
      first: iso(first),
      last: iso(last),
      file_count: this.files.length,
      bytes: this.bytes,
      lines: lines.all,
      records: lines.records,
      after_period: lines.after,
      bad_lines: { total, ...bad },
      foreign_lines: lines.foreign,
      monitors: writers,
      other_policy_lines: lines.otherPolicy,
      forgotten: Object.fromEntries(this.forgotten.entries()),
      failed,
    };
  }
}

const iso = (time: number | undefined): string | null =>
  time === undefined || !Number.isFinite(time) ? null : new Date(time).toISOString();
