/** What a replay of the monitor says: the JSON of `otel-mcp monitor`. */
import type { Severity } from '../../core/severity';
import type { FindingKind } from '../../monitor/compile';
import type { ComparisonFigures } from './comparison';

export const SCHEMA_VERSION = 1;

/** One of the events that led to a finding: fields of its audit line, and what it was to the monitor. */
export interface TimelineEvent {
  /** RFC 3339. */
  readonly time: string;
  readonly event: string;
  readonly category: string;
  readonly type: string;
  readonly result?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly method?: string | undefined;
  readonly tool_name?: string | null | undefined;
  readonly target?: string | undefined;
  readonly server_id?: string | null | undefined;
  readonly user_id?: string | null | undefined;
  readonly success?: boolean | undefined;
  readonly error_type?: string | undefined;
  readonly action?: string | undefined;
  readonly guard?: string | undefined;
  readonly rule?: string | undefined;
  readonly reason?: string | undefined;
  /** Milliseconds. */
  readonly latency_ms?: number | undefined;
  readonly res_bytes?: number | undefined;
  readonly call_id?: string | undefined;
}

/** As in the `finding` of an `mcp_security_alert` line, with what its event says. */
export interface FindingRow {
  /** Of the event that completed it, RFC 3339. */
  readonly time: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly score: number;
  readonly category: string;
  readonly description: string;
  readonly recommended_action?: string | undefined;
  readonly group: Readonly<Record<string, string>>;
  readonly count?: number | undefined;
  /** Beginning of the time that was looked at, RFC 3339. */
  readonly since: string;
  readonly tool_name?: string | null | undefined;
  readonly server_id?: string | null | undefined;
  readonly user_id?: string | null | undefined;
  readonly agent_name?: string | null | undefined;
  readonly call_id?: string | undefined;
  readonly trace_id?: string | undefined;
  readonly span_id?: string | undefined;
  readonly writer?: string | undefined;
  readonly file: string;
  readonly line: number;
}

export interface FindingWithTimeline extends FindingRow {
  /** The newest events that it rests on, in the order of the log, of `total`; absent where nobody asked for them. */
  readonly timeline?: { readonly total: number; readonly events: readonly TimelineEvent[] };
}

export interface NamedCount {
  readonly name: string;
  readonly count: number;
}

export interface MonitorReport {
  readonly schema_version: typeof SCHEMA_VERSION;
  /** When it was made, RFC 3339. */
  readonly timestamp: string;
  /** `null`: the rules and detectors that come with the package. */
  readonly policy: { readonly id: string; readonly digest: string } | null;
  /** What was asked for, RFC 3339; `null`: no bound. */
  readonly period: { readonly since: string | null; readonly until: string | null };
  /** Everything that can be raised. */
  readonly rules: readonly FindingKind[];
  readonly summary: {
    readonly total: number;
    readonly by_severity: Readonly<Record<Severity, number>>;
    readonly by_rule: readonly (NamedCount & { readonly severity: string })[];
    readonly by_user: readonly NamedCount[];
  };
  /** Of many the worst, of those the latest; in the order of their times. */
  readonly findings: readonly FindingWithTimeline[];
  /** `null`: not asked for. */
  readonly comparison: ComparisonFigures | null;
  readonly coverage: {
    /** First and last time of a line that was looked at, RFC 3339. */
    readonly first: string | null;
    readonly last: string | null;
    readonly file_count: number;
    readonly bytes: number;
    readonly lines: number;
    /** Lines that were looked at. */
    readonly records: number;
    /** Records after the period, which were not looked at. */
    readonly after_period: number;
    readonly bad_lines: Readonly<Record<'total' | 'torn' | 'unreadable' | 'too_long' | 'unusable', number>>;
    readonly foreign_lines: number;
    /** Monitors that have begun: one for each process that wrote, one in all with `merge`. */
    readonly monitors: number;
    /** Lines that say that another policy was in force; 0 without a policy. */
    readonly other_policy_lines: number;
    /** Keys that were forgotten because there were too many, by what they are. */
    readonly forgotten: Readonly<Record<string, number>>;
    /** Lines that a monitor failed at. */
    readonly failed: number;
  };
}
