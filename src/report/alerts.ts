/** What in a log is worth an alert, and whether it met its objectives. */
import { rankOf } from '../core/severity';
import type { Thresholds } from '../policy/thresholds';
import type { Aggregate } from './aggregate';
import { findingAlerts } from './findings';
import type { Hour, Kind } from './minutes';
import type { Alert, Integrity, Objective } from './model';
import { counted } from './show';
import { share, type Tally } from './tally';

/** The guide's three, by what they count. */
const DENIALS = [
  ['access_denied', 'HighAccessDeniedRate', 'access denied', 'access_denied_per_hour'],
  ['rate_limits', 'HighRateLimitHits', 'rate limit hits', 'rate_limit_hits_per_hour'],
  ['budget_exceeded', 'BudgetExceeded', 'budget exceeded', 'budget_exceeded_per_hour'],
] as const;

/** The worst first. */
export function alertsOf(
  { findings, minutes, total, lines }: Aggregate,
  thresholds: Thresholds,
  integrity: Integrity | null,
): Alert[] {
  const found: (Alert | undefined)[] = [
    integrity?.is_intact === false ? altered(integrity) : undefined,
    lines.lost > 0 ? lost(lines.lost) : undefined,
    errorAlert(
      minutes.worstHour((counts) => errorPercent(counts, thresholds)),
      total,
      thresholds,
    ),
  ];
  for (const [kind, name, words, threshold] of DENIALS) {
    const hour = minutes.worstHour((counts) => counts[kind]);
    const limit = thresholds[threshold];
    if (hour !== undefined && hour.counts[kind] > limit)
      found.push(denialAlert(hour, kind, name, words, limit));
  }
  return [...found, ...findingAlerts(findings.counts())]
    .filter((alert) => alert !== undefined)
    .toSorted((a, b) => rankOf(b.severity) - rankOf(a.severity));
}

type DenialKind = (typeof DENIALS)[number][0];

function denialAlert(
  { from, to, counts }: Hour,
  kind: DenialKind,
  name: string,
  words: string,
  threshold: number,
): Alert {
  const blocked = counts[`${kind}_blocked` satisfies Kind];
  return {
    severity: 'medium',
    message:
      `${counts[kind]} ${words} in the hour from ${minute(from)}, more than ${threshold}: ` +
      `${blocked} blocked, ${counts[kind] - blocked} observed`,
    name,
    value: counts[kind],
    threshold,
    from: iso(from),
    to: iso(to),
  };
}

/** The worst hour with enough calls to tell by, or all of the period, where no hour has so many. */
function errorAlert(hour: Hour | undefined, total: Tally, thresholds: Thresholds): Alert | undefined {
  const { failed } = total;
  const calls = total.successful + failed;
  const inHour = hour === undefined ? undefined : errorPercent(hour.counts, thresholds);
  const inAll = errorPercent({ calls, errors: failed }, thresholds);
  const value = Math.max(inHour ?? 0, inAll ?? 0);
  const threshold = [thresholds.error_percent, thresholds.error_percent_medium].find(
    (limit) => value > limit,
  );
  if (threshold === undefined) return undefined;
  const isHour = hour !== undefined && value === inHour;
  const [where, some, of] = isHour
    ? [`in the hour from ${minute(hour.from)}`, hour.counts.errors, hour.counts.calls]
    : ['over the whole period', failed, calls];
  return {
    severity: threshold === thresholds.error_percent ? 'high' : 'medium',
    message: `error rate ${value.toFixed(1)} % ${where}, more than ${threshold} %: ${some} of ${of} calls failed`,
    name: 'HighErrorRate',
    value: Math.round(value * 1_000) / 1_000,
    threshold,
    from: isHour ? iso(hour.from) : null,
    to: isHour ? iso(hour.to) : null,
  };
}

function errorPercent(
  { calls, errors }: { readonly calls: number; readonly errors: number },
  { min_calls }: Thresholds,
): number | undefined {
  return calls === 0 || calls < min_calls ? undefined : (100 * errors) / calls;
}

function altered({ problems }: Integrity): Alert {
  const kinds = Object.entries(problems).map(([kind, count]) => `${count} × ${kind}`);
  return {
    severity: 'critical',
    message: `the audit log is not as it was written: ${kinds.join(', ')}`,
    name: 'McpAuditLogAltered',
    value: Object.values(problems).reduce((sum, count) => sum + count, 0),
    threshold: 0,
    from: null,
    to: null,
  };
}

function lost(value: number): Alert {
  return {
    severity: 'high',
    message: `${counted(value, 'line')} of the audit log could not be written, or got lost, as the writers themselves say`,
    name: 'McpAuditRecordsDropped',
    value,
    threshold: 0,
    from: null,
    to: null,
  };
}

/** Those of the guide. */
export function objectivesOf(total: Tally, thresholds: Thresholds): Objective[] {
  const { successful, failed, denied, calls } = total;
  const { success_percent, average_latency_ms, denied_percent } = thresholds;
  const finished = successful + failed;
  const success = percent(share(successful, finished));
  const denials = percent(share(denied, calls));
  const latency = finished === 0 ? null : total.latency.figures().avg_latency_ms;
  return [
    {
      name: 'success_rate',
      objective: `more than ${success_percent} % of calls succeed`,
      threshold: success_percent,
      value: success,
      is_met: success === null ? null : success > success_percent,
    },
    {
      name: 'average_latency',
      objective: `calls take less than ${average_latency_ms} ms on average`,
      threshold: average_latency_ms,
      value: latency,
      is_met: latency === null ? null : latency < average_latency_ms,
    },
    {
      name: 'denial_rate',
      objective: `less than ${denied_percent} % of calls are denied`,
      threshold: denied_percent,
      value: denials,
      is_met: denials === null ? null : denials < denied_percent,
    },
  ];
}

function percent(rate: number | null): number | null {
  return rate === null ? null : Math.round(rate * 1e6) / 1e4;
}

const iso = (time: number): string => new Date(time).toISOString();
/** `2026-01-31 10:05 UTC` */
const minute = (time: number): string => `${iso(time).slice(0, 16).replace('T', ' ')} UTC`;
