/** Makes a report of audit logs: reads them once, twice when they are to be verified. */
import { filesOf, STDIN } from '../audit/inputs';
import { mayHoldPeriod, type Period } from '../audit/period';
import { readAuditLines } from '../audit/reader';
import { verifyAudit, type VerifyResult } from '../audit/verify';
import type { Counts } from '../core/counts';
import { anyGlobMatches } from '../core/glob';
import { milliseconds } from '../core/duration';
import type { LoadedPolicy } from '../policy/load';
import type { Policy } from '../policy/schema';
import { thresholdsWith, type ThresholdName } from '../policy/thresholds';
import { Aggregate } from './aggregate';
import { alertsOf, objectivesOf } from './alerts';
import type { LimitRule } from './call-rates';
import type { BadLines, CountRow, Coverage, DenialRow, Integrity, Report, SecurityEvent } from './model';
import { SCHEMA_VERSION } from './model';
import { share } from './tally';

export interface ReportOptions {
  /** Only records from then on. A `Date`, or milliseconds since 1970. */
  readonly since?: Date | number | undefined;
  /** Only records before then. */
  readonly until?: Date | number | undefined;
  /** Rows of tables at most. Default: 10. */
  readonly top?: number | undefined;
  /** Its `report.thresholds` are used, and its limits stand beside those that are suggested. */
  readonly policy?: LoadedPolicy | undefined;
  /** Go before those of the policy, which go before those of the monitoring guide. */
  readonly thresholds?: Readonly<Partial<Record<ThresholdName, number>>> | undefined;
  /** Whether the log's hash chains are checked, too. Not with standard input, which can be read once. */
  readonly verify?: boolean | undefined;
  /** Content of the audit key's file, for `verify`: without it a keyed log is checked by its links alone. */
  readonly secret?: Buffer | undefined;
  /** What is read for `-`. Default: standard input. */
  readonly stdin?: AsyncIterable<unknown> | undefined;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: number | undefined;
  /** Called with the number of bytes that were read so far, often; with `verify` all of them are read twice. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

const TOP = 10;
const MAX_EXAMPLES = 20;
const MAX_FILES = 50;

/**
 * @param inputs - paths, folders, globs, `.gz` files, or `-` for standard input
 * @throws when an input names nothing, a file cannot be read, or an option makes no sense
 */
export async function buildReport(inputs: readonly string[], options: ReportOptions = {}): Promise<Report> {
  const { policy, verify = false, secret, stdin, now = Date.now(), top = TOP } = options;
  const thresholds = thresholdsWith({ ...policy?.policy.report?.thresholds, ...options.thresholds });
  const period = { since: momentOf(options.since, 'since'), until: momentOf(options.until, 'until') };
  if (!(Number.isSafeInteger(top) && top >= 0)) throw new RangeError(`top is a whole number, not ${top}`);
  const files = filesOf(inputs);
  if (verify && files.includes(STDIN))
    throw new RangeError('standard input can be read once: it cannot be verified');
  const inPeriod = files.filter((file) => mayHoldPeriod(file, period));
  const aggregate = new Aggregate(period, now);
  let read = 0;
  const progress = (more: number): void => {
    read += more;
    options.progress?.(read);
  };
  for await (const lines of readAuditLines(inPeriod, stdin, progress))
    for (const line of lines) aggregate.add(line);
  const bytes = read;
  const integrity = verify ? integrityOf(await verifyAudit(files, { secret, now, progress })) : null;
  const { total, denials } = aggregate;
  return {
    schema_version: SCHEMA_VERSION,
    timestamp: new Date(now).toISOString(),
    period: { since: iso(period.since), until: iso(period.until) },
    tool_call_stats: total.figures(),
    security_events: securityEvents(aggregate),
    alerts: alertsOf(aggregate, thresholds, integrity),
    thresholds,
    alert_window: { seconds: 3_600, resolution_seconds: aggregate.minutes.resolution / 1_000 },
    objectives: objectivesOf(total, thresholds),
    would_be_denials: {
      count: [...denials.values()].reduce((sum, { observed }) => sum + observed, 0),
      tool_calls: total.observed,
      rate: share(total.observed, total.calls),
    },
    denials: denialRows(aggregate).slice(0, top),
    by_tool: aggregate.tools.table(top),
    by_user: aggregate.users.table(top),
    by_agent: aggregate.agents.table(top),
    by_server: aggregate.servers.table(top),
    errors: rows(aggregate.errors).slice(0, top),
    events: Object.fromEntries(aggregate.events.entries()),
    other_requests: {
      total: aggregate.methods.total,
      failed: aggregate.failedRequests,
      by_method: rows(aggregate.methods).slice(0, top),
    },
    findings: aggregate.findings.counts().slice(0, top),
    findings_by_severity: aggregate.findings.bySeverity(),
    worst_findings: aggregate.findings.worst(top),
    authentication: {
      ...aggregate.authentication.total,
      by_server: aggregate.authentication.table().slice(0, top),
    },
    usage_patterns: aggregate.patterns.of(top),
    suggested_limits: aggregate.rates.suggestions(top, limitRules(policy?.policy)),
    integrity,
    coverage: coverageOf(aggregate, inPeriod, files.length - inPeriod.length, bytes),
    series: aggregate.series.table(),
  };
}

function momentOf(time: Date | number | undefined, name: string): Period['since'] {
  if (time === undefined) return undefined;
  const ms = Number(time);
  if (Number.isNaN(new Date(ms).getTime())) throw new RangeError(`${name} is no time`);
  return ms;
}

const iso = (time: number | undefined): string | null =>
  time === undefined || !Number.isFinite(time) ? null : new Date(time).toISOString();

function securityEvents({ security }: Aggregate): Report['security_events'] {
  const entries = Object.entries(security).map(
    ([name, { blocked, observed }]) => [name, { count: blocked + observed, blocked, observed }] as const,
  );
  return Object.fromEntries(entries) as Record<keyof Report['security_events'], SecurityEvent>;
}

function denialRows({ denials }: Aggregate): DenialRow[] {
  return [...denials]
    .map(([key, split]) => {
      const [guard, rule, reason] = JSON.parse(key) as [string, string, string];
      return { guard, rule: rule === '' ? null : rule, reason: reason === '' ? null : reason, ...split };
    })
    .toSorted((a, b) => b.blocked + b.observed - a.blocked - a.observed || (a.guard < b.guard ? -1 : 1));
}

function rows(counts: Counts): CountRow[] {
  return counts.entries().map(([name, count]) => ({ name, count }));
}

/** Limits that count each user's calls of a tool: those are what the suggestions can be compared with. */
function limitRules(policy: Policy | undefined): LimitRule[] {
  return (policy?.limits?.rate ?? [])
    .filter(({ per }) => per.includes('user'))
    .map(({ id, points, window, for: globs }) => ({
      id,
      pointsPerMinute: Math.round((points * 60_000 * 100) / milliseconds(window)) / 100,
      appliesTo: (serverAndTool) => globs === undefined || anyGlobMatches(globs, serverAndTool),
    }));
}

function coverageOf(
  { lines, bad, first, last, events }: Aggregate,
  files: readonly string[],
  skippedFiles: number,
  bytes: number,
): Coverage {
  const total = bad.torn + bad.unreadable + bad.too_long + bad.unusable;
  const bad_lines: BadLines = { total, ...bad };
  const seen = Object.fromEntries(events.entries());
  return {
    first: iso(first),
    last: iso(last),
    files: files.slice(0, MAX_FILES),
    file_count: files.length,
    skipped_files: skippedFiles,
    bytes,
    lines: lines.all,
    records: lines.records,
    outside_period: lines.outside,
    bad_lines,
    foreign_lines: lines.foreign,
    lost_lines: lines.lost,
    starts: seen['audit_start'] ?? 0,
    ends: seen['audit_end'] ?? 0,
  };
}

const SEVERITY_ORDER = ['broken', 'gap', 'note'];

function integrityOf({ isIntact, records, unchained, others, writers, problems }: VerifyResult): Integrity {
  const proofs = { keyed: 0, unkeyed: 0, links: 0 };
  for (const { proof } of writers) proofs[proof] += 1;
  const kinds: Record<string, number> = {};
  for (const { kind } of problems) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const worstFirst = problems.toSorted(
    (a, b) => SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity),
  );
  return {
    is_intact: isIntact,
    records,
    unchained: unchained + others,
    writers: writers.length,
    proofs,
    problems: kinds,
    examples: worstFirst
      .slice(0, MAX_EXAMPLES)
      .map(({ file, line, kind, text }) => `${file}:${line}: ${kind}: ${text}`),
  };
}
