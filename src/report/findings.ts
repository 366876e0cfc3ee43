/** What the runtime monitor has found while agents ran, as `mcp_security_alert` lines say. */
import type { AuditRecord } from '../audit/schema';
import { OTHER } from '../core/counts';
import { Foremost } from '../core/foremost';
import { rankOf, SEVERITIES, type Severity } from '../core/severity';
import type { Alert } from './model';
import { count, moment } from './show';
import type { Facts } from './line-facts';

/** Findings of one rule or detector, and severity. */
export interface FindingCount {
  readonly name: string;
  /** `null` in lines of other programs that name none. */
  readonly severity: Severity | null;
  readonly count: number;
  /** RFC 3339. */
  readonly first: string;
  readonly last: string;
}

export interface ToldFinding {
  /** When it was raised, RFC 3339. */
  readonly time: string;
  readonly rule: string;
  readonly severity: Severity | null;
  /** From 0 to 1; `null` in lines of other programs. */
  readonly score: number | null;
  /** In a sentence, as the monitor says it; may name users, tools and servers. */
  readonly description: string;
  readonly recommended_action: string | null;
  readonly user_id: string;
  readonly agent_name: string;
  readonly server_id: string;
  readonly tool_name: string;
  readonly trace_id: string | null;
}

const MOST_RULES = 200;
const MOST_TOLD = 1_000;
const LONGEST_TEXT = 500;

interface Row {
  readonly name: string;
  readonly severity: Severity | null;
  count: number;
  first: number;
  last: number;
}

export class FindingTally {
  private readonly rows = new Map<string, Row>();
  /** The worst first, of those the latest. */
  private readonly told = new Foremost<ToldFinding>(
    MOST_TOLD,
    (a, b) => rank(b.severity) - rank(a.severity) || (a.time < b.time ? 1 : -1),
  );

  add(facts: Facts, record: AuditRecord): void {
    const told = toldFinding(facts, record);
    const { time } = facts;
    const row = this.rowOf(told);
    row.count += 1;
    if (time < row.first) row.first = time;
    if (time > row.last) row.last = time;
    this.told.add(told);
  }

  /** The worst first, of those the most frequent. */
  counts(): FindingCount[] {
    return [...this.rows.values()]
      .toSorted(
        (a, b) => rank(b.severity) - rank(a.severity) || b.count - a.count || (a.name < b.name ? -1 : 1),
      )
      .map(({ first, last, ...row }) => ({
        ...row,
        first: new Date(first).toISOString(),
        last: new Date(last).toISOString(),
      }));
  }

  bySeverity(): Record<Severity, number> {
    const all = { low: 0, medium: 0, high: 0, critical: 0 };
    for (const { count: number, severity } of this.rows.values())
      if (severity !== null) all[severity] += number;
    return all;
  }

  /** The worst first, of those the latest. */
  worst(top: number): ToldFinding[] {
    return this.told.all().slice(0, top);
  }

  private rowOf({ rule, severity }: ToldFinding): Row {
    const key = JSON.stringify([rule, severity]);
    const known = this.rows.get(key);
    if (known !== undefined) return known;
    const isFull = this.rows.size >= MOST_RULES;
    const name = isFull ? OTHER : rule;
    const others = isFull ? this.rows.get(JSON.stringify([OTHER, severity])) : undefined;
    if (others !== undefined) return others;
    const row = { name, severity, count: 0, first: Infinity, last: -Infinity };
    this.rows.set(JSON.stringify([name, severity]), row);
    return row;
  }
}

const rank = (severity: Severity | null): number => (severity === null ? -1 : rankOf(severity));

/** Anybody may have written the line. */
function toldFinding(
  { agent, reason, rule, server, time, tool, user }: Facts,
  record: AuditRecord,
): ToldFinding {
  const finding = (record.finding ?? {}) as Readonly<Record<string, unknown>>;
  const { score } = finding;
  const severity = SEVERITIES.find((one) => one === finding['severity']) ?? null;
  const trace = record.trace_id as unknown;
  return {
    time: new Date(time).toISOString(),
    rule: textOf(finding['rule']) ?? rule ?? reason ?? 'unknown',
    severity,
    score: typeof score === 'number' && score >= 0 && score <= 1 ? score : null,
    description: textOf(finding['description']) ?? '',
    recommended_action: textOf(finding['recommended_action']) ?? null,
    user_id: user,
    agent_name: agent,
    server_id: server,
    tool_name: tool,
    trace_id: textOf(trace) ?? null,
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return value.length <= LONGEST_TEXT ? value : `${value.slice(0, LONGEST_TEXT - 1)}…`;
}

/** As the alert rule `McpFinding`: of the severity of the finding, one for each rule. */
export function findingAlerts(counts: readonly FindingCount[]): Alert[] {
  return counts.flatMap(({ count: value, first, last, name, severity }) => {
    if (severity === null) return [];
    const often = value === 1 ? 'once' : `${count(value)} times`;
    const message = `the monitor found ${name} ${often}, ${value === 1 ? 'at' : 'last at'} ${moment(last)}`;
    return [{ severity, message, name: 'McpFinding', value, threshold: 0, from: first, to: last }];
  });
}
