/** The events that led to findings: the newest of each, collected from the lines between its beginning and its event. */
import type { AuditLine } from '../../audit/reader';
import { FIELDS, fieldOf, type FieldName, type MonitoringEvent } from '../../monitor/event';
import type { Monitor } from '../../monitor/monitor';
import type { TimedLine } from './monitored-line';
import type { RaisedFinding } from './raised';

export const MAX_EVENTS = 20;

export interface Timeline {
  /** The newest, in the order of the log. */
  readonly events: readonly MonitoringEvent[];
  /** Of which those are the newest. */
  readonly total: number;
}

interface Open {
  readonly raised: RaisedFinding;
  readonly newest: MonitoringEvent[];
  total: number;
  isComplete: boolean;
}

/** Findings that are about the same fields, by their values. */
interface Shape {
  readonly fields: readonly FieldName[];
  readonly byValues: Map<string, Open[]>;
}

const isField = (name: string): name is FieldName => Object.hasOwn(FIELDS, name);

export class Timelines {
  private readonly shapes = new Map<string, Shape>();
  private readonly byFinding = new Map<RaisedFinding, Open>();
  private left: number;

  /** @param monitor - of the same policy: knows which events count for a rule */
  constructor(
    private readonly monitor: Monitor,
    findings: readonly RaisedFinding[],
  ) {
    this.left = findings.length;
    for (const raised of findings) this.open(raised);
  }

  /** Lines come in the order in which the findings were raised from them. */
  add({ line, time }: TimedLine, place: Pick<AuditLine, 'file' | 'line'>): void {
    const found = new Set<Open>();
    for (const event of this.monitor.events(line)) {
      for (const { fields, byValues } of this.shapes.values()) {
        for (const open of byValues.get(keyOf(event, fields)) ?? []) {
          if (!found.has(open) && this.belongs(open, event, time)) {
            found.add(open);
            keep(open, event);
          }
        }
      }
    }
    for (const open of found) {
      if (!isSame(open.raised.place, place)) continue;
      open.isComplete = true;
      this.left -= 1;
    }
  }

  /** The events of all findings were met. */
  get isComplete(): boolean {
    return this.left === 0;
  }

  of(raised: RaisedFinding): Timeline {
    const { newest, total } = this.byFinding.get(raised) ?? { newest: [], total: 0 };
    return { events: newest, total };
  }

  private open(raised: RaisedFinding): void {
    const { group } = raised.finding;
    const fields = Object.keys(group).filter(isField).toSorted();
    const name = fields.join(' ');
    let shape = this.shapes.get(name);
    if (shape === undefined) {
      shape = { fields, byValues: new Map() };
      this.shapes.set(name, shape);
    }
    const key = fields.map((field) => group[field]).join('\u0000');
    const one = { raised, newest: [], total: 0, isComplete: false };
    const others = shape.byValues.get(key);
    if (others === undefined) shape.byValues.set(key, [one]);
    else others.push(one);
    this.byFinding.set(raised, one);
  }

  private belongs({ isComplete, raised }: Open, event: MonitoringEvent, time: number): boolean {
    const { finding, writer } = raised;
    if (isComplete || time < finding.since || time > raised.time) return false;
    if (writer !== undefined && writer !== (event.line.writer ?? '')) return false;
    return isItsOwn(finding.event, event) || this.monitor.concerns(finding.rule, event);
  }
}

/** The event that completed a finding always belongs to it; when a log is read again it is another object. */
function isItsOwn(own: MonitoringEvent, event: MonitoringEvent): boolean {
  return (
    own.type === event.type &&
    own.timestamp === event.timestamp &&
    own.line.call_id === event.line.call_id &&
    own.line.event === event.line.event
  );
}

function keyOf(event: MonitoringEvent, fields: readonly FieldName[]): string {
  return fields.map((field) => String(fieldOf(event, field) ?? '')).join('\u0000');
}

function keep(open: Open, event: MonitoringEvent): void {
  open.total += 1;
  open.newest.push(event);
  if (open.newest.length > MAX_EVENTS) open.newest.shift();
}

function isSame(one: Pick<AuditLine, 'file' | 'line'>, other: Pick<AuditLine, 'file' | 'line'>): boolean {
  return one.line === other.line && one.file === other.file;
}
