/** What a report says: the JSON of `otel-mcp report --format json` and the result of `buildReport()`. */
import type { Severity } from '../core/severity';
import type { Thresholds } from '../policy/thresholds';
import type { AuthenticationRow } from './authentications';
import type { SuggestedLimit } from './call-rates';
import type { FindingCount, ToldFinding } from './findings';
import type { NamedTable } from './names';
import type { PatternTable } from './patterns';
import type { SeriesTable } from './series';
import type { CallFigures } from './tally';

export const SCHEMA_VERSION = 1;

export interface Alert {
  /** As on alert rules. */
  readonly severity: Severity;
  readonly message: string;
  /** Name of the alert rule that says the same, where there is one. */
  readonly name: string;
  /** What was found, in the unit of `threshold`. */
  readonly value: number;
  readonly threshold: number;
  /** The hour in which it was found, RFC 3339; `null` for the whole period. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Denials of a kind. `count` is all of them, those that were only observed included, as in metrics and alerts. */
export interface SecurityEvent {
  readonly count: number;
  readonly blocked: number;
  /** Would have been denied: the guard's mode is observe. */
  readonly observed: number;
}

/** Denials by what denied. */
export interface DenialRow {
  readonly guard: string;
  readonly rule: string | null;
  readonly reason: string | null;
  readonly blocked: number;
  readonly observed: number;
}

export interface CountRow {
  readonly name: string;
  readonly count: number;
}

export interface Objective {
  readonly name: 'success_rate' | 'average_latency' | 'denial_rate';
  /** In words: `more than 95 % of calls succeed`. */
  readonly objective: string;
  /** In percent, or milliseconds. */
  readonly threshold: number;
  /** `null` when there were no calls to tell by. */
  readonly value: number | null;
  readonly is_met: boolean | null;
}

export interface Integrity {
  /** Nobody changed the log, as far as the proofs go. */
  readonly is_intact: boolean;
  readonly records: number;
  /** Records and lines without a chain, of other programs. */
  readonly unchained: number;
  readonly writers: number;
  /** Writers by what their chain proves. */
  readonly proofs: Readonly<Record<'keyed' | 'unkeyed' | 'links', number>>;
  /** How often each kind of problem was found. */
  readonly problems: Readonly<Record<string, number>>;
  /** The first of them, the worst before the others. */
  readonly examples: readonly string[];
}

export interface BadLines {
  readonly total: number;
  /** Pieces of records. */
  readonly torn: number;
  /** No record, where only records are. */
  readonly unreadable: number;
  /** Longer than 16 MiB. */
  readonly too_long: number;
  /** Records with fields that mean nothing: a time of next year, a latency that is a text. */
  readonly unusable: number;
}

export interface Coverage {
  /** First and last time of a record in the period, RFC 3339; `null` when there is none. */
  readonly first: string | null;
  readonly last: string | null;
  /** The first 50 files, in the order in which they were read. */
  readonly files: readonly string[];
  readonly file_count: number;
  /** Files whose names say that they hold other days: they were not read. */
  readonly skipped_files: number;
  readonly bytes: number;
  /** Lines that are not empty. */
  readonly lines: number;
  /** Records in the period. */
  readonly records: number;
  /** Records before or after it, of those that were read. */
  readonly outside_period: number;
  readonly bad_lines: BadLines;
  /** Lines of other programs in a shared log. */
  readonly foreign_lines: number;
  /** Lines that writers say they could not write. */
  readonly lost_lines: number;
  /** Processes that began and ended to write. */
  readonly starts: number;
  readonly ends: number;
}

export interface Report {
  readonly schema_version: typeof SCHEMA_VERSION;
  /** When the report was made, RFC 3339. */
  readonly timestamp: string;
  /** What was asked for, RFC 3339; `null`: no bound. */
  readonly period: { readonly since: string | null; readonly until: string | null };
  readonly tool_call_stats: CallFigures;
  readonly security_events: Readonly<
    Record<
      'access_denied' | 'rate_limits' | 'budget_exceeded' | 'input_rejected' | 'circuit_open',
      SecurityEvent
    >
  >;
  /** The worst first. */
  readonly alerts: readonly Alert[];
  readonly thresholds: Thresholds;
  /** How alerts "per hour" are found: in any 60 minutes, which begin at a multiple of the resolution. */
  readonly alert_window: { readonly seconds: number; readonly resolution_seconds: number };
  readonly objectives: readonly Objective[];
  /** What guards in mode observe would have denied. */
  readonly would_be_denials: {
    readonly count: number;
    /** Tool calls among them, and their share of all tool calls. */
    readonly tool_calls: number;
    readonly rate: number | null;
  };
  readonly denials: readonly DenialRow[];
  readonly by_tool: NamedTable;
  readonly by_user: NamedTable;
  readonly by_agent: NamedTable;
  readonly by_server: NamedTable;
  /** Failed tool calls by `error.type`. */
  readonly errors: readonly CountRow[];
  /** Lines by event. */
  readonly events: Readonly<Record<string, number>>;
  /** Requests other than tool calls, by method. */
  readonly other_requests: {
    readonly total: number;
    readonly failed: number;
    readonly by_method: readonly CountRow[];
  };
  /** Findings of the runtime monitor, by rule and severity: the worst first. */
  readonly findings: readonly FindingCount[];
  readonly findings_by_severity: Readonly<Record<Severity, number>>;
  /** The worst first, of those the latest. */
  readonly worst_findings: readonly ToldFinding[];
  /** Authentication outcomes seen by transports. */
  readonly authentication: {
    readonly successful: number;
    readonly failed: number;
    /** By server and how: those with the most failures first. */
    readonly by_server: readonly AuthenticationRow[];
  };
  /** How each user uses each tool. */
  readonly usage_patterns: PatternTable;
  readonly suggested_limits: readonly SuggestedLimit[];
  /** `null`: not asked for. */
  readonly integrity: Integrity | null;
  readonly coverage: Coverage;
  readonly series: SeriesTable;
}
