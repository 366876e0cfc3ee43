/** What the monitor raises. */
import type { Severity } from '../core/severity';
import type { MonitoringEvent } from './event';

export interface Finding {
  /** A rule was met, or something is unusual. */
  readonly category: 'security_alert' | 'anomaly';
  /** Id of the rule, or name of the detector: few values, a label of the metric. */
  readonly rule: string;
  readonly severity: Severity;
  /** From 0 to 1: how far from usual. 1 for a rule. */
  readonly score: number;
  /** For a person, in a sentence; may name users, tools and servers. */
  readonly description: string;
  readonly recommendedAction?: string | undefined;
  /** What it is about: the fields that were grouped by, with their values. */
  readonly group: Readonly<Record<string, string>>;
  /** Events, or different values, that were counted. */
  readonly count?: number | undefined;
  /** Beginning of the time that was looked at, milliseconds since 1970; its end is the event's. */
  readonly since: number;
  /** The event that completed it. */
  readonly event: MonitoringEvent;
}

/** A part of the monitor that looks at events. Synchronous, and its only clock is the events' own. */
export interface Watcher {
  observe(event: MonitoringEvent, raise: (finding: Finding) => void): void;
  /**
   * Whether findings of this rule rest on such an event; `undefined`: the rule is another part's. Asked when a log is read, to
   * show what led to a finding; without it every event of the finding's group is shown.
   */
  concerns?(rule: string, event: MonitoringEvent): boolean | undefined;
}

/** Told of every key that was forgotten because there were too many; `state` is few-valued, a label of the metric. */
export type Evicted = (state: string) => void;
