/** Detectors of what is unusual for a tool or a user: each learns what is usual from the events themselves. They never block. */
import type { Severity } from '../../core/severity';
import { DETECTORS, type DetectorName } from '../../policy/monitor-fields';
import type { MonitoringEvent } from '../event';
import type { Evicted, Finding, Watcher } from '../finding';
import { isWhole } from '../saved';
import type { Persistent } from '../state';
import { checkSilence, closeIntervals, countCall, endSilence } from './call-rate';
import { EventClock } from './clock';
import { closeErrorInterval, countOutcome } from './error-ratio';
import { KnownDefinitions, KnownServers, KnownTools } from './first-seen';
import { Tails } from './evidence';
import { KeyTable, type Names, type SavedKey } from './key-table';
import { LATENCY, logOf, observeTool, observeUser, RESULT_SIZE, type Quantity } from './magnitude';
import { advanceHours } from './rhythm';
import { decoded, encoded, F, isWarm, MINUTE_MS, minuteOf, NEVER, ROW_WIDTH, timestampOf } from './row';
import { SeriesPool } from './series-pool';
import { SEVERITY } from './severities';
import { seriesOf, type Anomaly, type KeyInHand, type Subject } from './subject';
import { UnusualHours } from './unusual-hour';
import { addVolume } from './volume';

/** Later by more is no late line but another clock. */
const LATEST = 60;
const NOBODY = '';

export interface AnomalyOptions {
  readonly detectors: readonly DetectorName[];
  /** Tools, users, and pairs of both: of each so many at most. */
  readonly keysMax: number;
  /** Milliseconds. */
  readonly maxAge: number;
  readonly realert: number;
  readonly evicted: Evicted;
}

/** Which of them raise what: for counters that show a zero from the start. */
export function detectorNames(
  detectors: readonly DetectorName[] = DETECTORS,
): { rule: DetectorName; severity: Severity }[] {
  return detectors.map((rule) => ({ rule, severity: SEVERITY[rule] }));
}

export class AnomalyDetectors implements Watcher, Persistent {
  readonly name = 'anomaly';
  private clock = new EventClock();
  private series = new SeriesPool();
  private toolTails = new Tails();
  private userTails = new Tails();
  private tools: KeyTable;
  private users: KeyTable;
  private pairs: KnownTools;
  private servers: KnownServers;
  private definitions = new KnownDefinitions();
  private hours = new UnusualHours();
  private watched: ReadonlySet<DetectorName>;
  private realert: number;
  private subject: Subject;
  private userInHand: KeyInHand;
  private told: ((finding: Finding) => void) | undefined;

  constructor(options: AnomalyOptions) {
    const { keysMax: max, evicted } = options;
    const maxAge = options.maxAge / MINUTE_MS;
    this.watched = new Set(options.detectors);
    this.realert = options.realert / MINUTE_MS;
    this.tools = new KeyTable({
      max,
      maxAge,
      forgotten: (slot, isCrowded) => this.forgetTool(slot, isCrowded, evicted),
    });
    this.users = new KeyTable({
      max,
      maxAge,
      forgotten: (slot, isCrowded) => this.forgetUser(slot, isCrowded, evicted),
    });
    this.pairs = new KnownTools(max, maxAge, evicted, (slot, id) => this.forgetPair(slot, id));
    this.servers = new KnownServers(maxAge, evicted);
    this.userInHand = { kind: 'user', table: this.users, tails: this.userTails, slot: 0, row: 0 };
    this.subject = this.newSubject();
  }

  /** Tools, users and series that are remembered. */
  sizes(): { tools: number; users: number; series: number } {
    return { tools: this.tools.size, users: this.users.size, series: this.series.size };
  }

  observe(event: MonitoringEvent, raise: (finding: Finding) => void): void {
    if (!isLookedAt(event)) return;
    const minute = minuteOf(event.timestamp);
    if (minute === undefined || !this.clock.tick(minute)) return;
    this.told = raise;
    try {
      this.toolTails.pass();
      this.userTails.pass();
      this.take(event, minute);
      if (event.category === 'tool_execution') this.observeExecution(event);
      this.finish();
      this.sweep(minute);
    } finally {
      this.told = undefined;
    }
  }

  concerns(rule: string, event: MonitoringEvent): boolean | undefined {
    return (DETECTORS as readonly string[]).includes(rule) ? isLookedAt(event) : undefined;
  }

  private newSubject(): Subject {
    return {
      event: undefined as never,
      minute: 0,
      tool: { kind: 'tool', table: this.tools, tails: this.toolTails, slot: 0, row: 0 },
      user: undefined,
      series: this.series,
      isReady: (detector, key) => this.isReady(detector, key),
      raise: (anomaly, key) => this.raise(anomaly, key),
    };
  }

  /** Finds the keys of the event, and counts it. */
  private take(event: MonitoringEvent, minute: number): void {
    const { subject } = this;
    const { line } = event;
    subject.event = event;
    subject.minute = minute;
    const [server, tool] = [line.server_id ?? '', line.tool_name ?? line.method ?? ''];
    this.select(subject.tool, server, tool, minute);
    const user = line.user_id ?? NOBODY;
    subject.user = user === NOBODY ? undefined : this.userInHand;
    if (subject.user !== undefined) this.select(subject.user, line.tenant_id ?? '', user, minute);
    endSilence(subject, subject.tool, this.clock.active);
    this.count(subject.tool);
    if (subject.user !== undefined) this.count(subject.user);
  }

  private select(key: KeyInHand, first: string, second: string, minute: number): void {
    key.slot = key.table.use(first, second, minute);
    key.row = key.slot * ROW_WIDTH;
    const { values } = key.table;
    if (minute < values[key.row + F.last]! - LATEST) this.rebase(key, minute);
  }

  /** The clock was set back: what is open begins anew. */
  private rebase({ table: { values }, row }: KeyInHand, minute: number): void {
    values[row + F.last] = minute;
    values[row + F.first] = Math.min(minute, values[row + F.first]!);
    values[row + F.hour] = Math.floor(minute / 60);
    values[row + F.hourCalls] = 0;
    values.fill(NEVER, row + F.raised, row + F.strangeUntil);
  }

  private count(key: KeyInHand): void {
    const { subject, clock } = this;
    const { values } = key.table;
    const { row } = key;
    // A line that comes late counts as one of now.
    const minute = Math.max(subject.minute, values[row + F.last]!);
    subject.minute = minute;
    closeErrorInterval(subject, key);
    closeIntervals(subject, key);
    advanceHours(values, row, minute);
    countCall(subject, key);
    values[row + F.last] = minute;
    values[row + F.lastActive] = clock.active;
  }

  private observeExecution({ line }: MonitoringEvent): void {
    const { subject } = this;
    const { tool, user } = subject;
    const isError = line.success !== true;
    countOutcome(subject, tool, isError, (user?.slot ?? -1) + 2);
    if (user !== undefined)
      countOutcome(subject, user, isError, tool.slot + 2, this.tools.values[tool.row + F.recentErrorRatio]);
    if (!isError) {
      this.measure(LATENCY, line.latency_ms);
      this.measure(RESULT_SIZE, line.res_bytes);
      if (user !== undefined && line.res_bytes !== undefined && line.res_bytes >= 0)
        addVolume(subject, user, Math.min(line.res_bytes, 1e13));
    }
    // A new server has new tools, and once an hour is often enough to remember that a server is there.
    const isNewServer =
      tool.table.values[tool.row + F.hourCalls] === 1 &&
      this.servers.observe(subject, line.server_id ?? '', this.clock, this.watched.has('new_server'));
    this.definitions.observe(subject, line.tool_digest, this.watched.has('changed_tool'));
    if (user === undefined) return;
    // The tools of a new server are new too.
    this.pairs.observe(subject, user, !isNewServer && this.watched.has('new_tool_for_user'));
    this.hours.observe(subject, user, this.watched.has('unusual_hour'));
  }

  private measure(quantity: Quantity, value: number | undefined): void {
    const log = logOf(value, quantity);
    if (log === undefined) return;
    const { subject } = this;
    const residual = observeTool(subject, subject.tool, quantity, value!, log);
    if (residual !== undefined && subject.user !== undefined)
      observeUser(subject, subject.user, quantity, residual);
  }

  private finish(): void {
    const { tool, user } = this.subject;
    tool.table.values[tool.row + F.calls]! += 1;
    if (user !== undefined) user.table.values[user.row + F.calls]! += 1;
  }

  /** A few keys at each event: tools that have become silent are found, and what is too old is forgotten. */
  private sweep(minute: number): void {
    this.users.sweep(minute);
    const slot = this.tools.sweep(minute);
    if (slot === undefined) return;
    const { subject } = this;
    const { tool } = subject;
    if (slot === tool.slot) return;
    tool.slot = slot;
    tool.row = slot * ROW_WIDTH;
    subject.minute = minute;
    checkSilence(subject, tool, this.clock.active);
  }

  private isReady(detector: DetectorName, { table: { values }, row }: KeyInHand): boolean {
    const { minute } = this.subject;
    if (!this.watched.has(detector) || !isWarm(values, row, minute)) return false;
    return minute - values[row + F.raised + DETECTORS.indexOf(detector)]! >= this.realert;
  }

  private raise({ detector, since, ...anomaly }: Anomaly, key: KeyInHand): void {
    const { event, minute } = this.subject;
    key.table.values[key.row + F.raised + DETECTORS.indexOf(detector)] = minute;
    this.told?.({
      category: 'anomaly',
      rule: detector,
      severity: SEVERITY[detector],
      ...anomaly,
      group: groupOf(key),
      since: Math.min(event.timestamp, timestampOf(since)),
      event,
    });
  }

  private forgetTool(slot: number, isCrowded: boolean, evicted: Evicted): void {
    if (isCrowded) evicted('anomaly_tool');
    this.series.forget(seriesOf(this.subject.tool, slot));
    this.definitions.forget(slot);
  }

  private forgetUser(slot: number, isCrowded: boolean, evicted: Evicted): void {
    if (isCrowded) evicted('anomaly_user');
    this.series.forget(seriesOf(this.userInHand, slot));
  }

  /** What this user is known to call is no longer complete. */
  private forgetPair(slot: number, id: number): void {
    if (this.users.idAt(slot) === id) this.users.values[slot * ROW_WIDTH + F.forgottenAt] = this.clock.minute;
  }

  *save(): Generator {
    const { clock, tools, users } = this;
    yield [
      'clock',
      clock.save(),
      tools.state(),
      users.state(),
      this.hours.save(),
      this.toolTails.save(),
      this.userTails.save(),
    ];
    for (const [saved, row] of tools.entries()) {
      const series = this.series.save(seriesOf(this.subject.tool, saved.slot));
      yield ['tool', saved, encoded(row), series, this.definitions.save(saved.slot)];
    }
    for (const [saved, row] of users.entries())
      yield ['user', saved, encoded(row), this.series.save(seriesOf(this.userInHand, saved.slot))];
    for (const saved of this.pairs.save()) yield ['pairs', saved];
    for (const saved of this.servers.save()) yield ['servers', saved];
  }

  restore(saved: readonly unknown[]): void {
    let states: readonly unknown[] = [];
    for (const one of saved) {
      if (!Array.isArray(one)) continue;
      const [kind, ...rest] = one as unknown[];
      if (kind === 'tool' || kind === 'user') this.restoreKey(kind, rest);
      else if (kind === 'pairs' && Array.isArray(rest[0])) this.pairs.restore(rest[0]);
      else if (kind === 'servers' && Array.isArray(rest[0])) this.servers.restore(rest[0]);
      else if (kind === 'clock') {
        this.clock.restore(rest[0]);
        states = rest.slice(1, 3);
        this.hours.restore(rest[3]);
        this.toolTails.restore(rest[4]);
        this.userTails.restore(rest[5]);
      }
    }
    this.tools.loaded(...tableState(states[0]));
    this.users.loaded(...tableState(states[1]));
  }

  private restoreKey(kind: 'tool' | 'user', [saved, text, series, digests]: readonly unknown[]): void {
    const row = decoded(text);
    const { names, slot, id, isUsed } = (saved ?? {}) as Partial<Record<keyof SavedKey, unknown>>;
    if (!isNames(names) || !isWhole(slot) || !isWhole(id) || row === undefined) return;
    const hand = kind === 'tool' ? this.subject.tool : this.userInHand;
    if (!hand.table.load({ names, slot, id, isUsed: isUsed === true }, row)) return;
    if (Array.isArray(series)) this.series.restore(seriesOf(hand, slot), series);
    if (kind === 'tool') this.definitions.restore(slot, digests);
  }
}

const isNames = (value: unknown): value is Names =>
  Array.isArray(value) && value.length === 2 && value.every((name) => typeof name === 'string');

/** Where the sweep is, the next id, and where a key is forgotten next; without them they begin anew. */
function tableState(saved: unknown): [swept: number, nextId: number, hand: number] {
  const [swept, nextId, hand] = Array.isArray(saved) ? (saved as unknown[]) : [];
  return [isWhole(swept) ? swept : -1, isWhole(nextId) ? nextId : 1, isWhole(hand) ? hand : 0];
}

/** Calls, and those that were blocked: they count as calls, and have no outcome. */
const isLookedAt = ({ category, type, line }: MonitoringEvent): boolean =>
  category === 'tool_execution' || (type === 'authorization' && line.action === 'blocked');

function groupOf({ kind, table, slot }: KeyInHand): Record<string, string> {
  const [first, second] = table.namesAt(slot) ?? ['', ''];
  const names = kind === 'tool' ? ['server_id', 'tool_name'] : ['tenant_id', 'user_id'];
  return Object.fromEntries(
    [first, second].flatMap((value, at) => (value === '' ? [] : [[names[at], value]])),
  );
}
