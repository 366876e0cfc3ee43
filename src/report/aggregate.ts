/** Adds up the lines of a log, one at a time, in memory that does not grow with their number. */
import type { Period } from '../audit/period';
import type { AuditLine } from '../audit/reader';
import type { AuditRecord } from '../audit/schema';
import { Counts, OTHER } from '../core/counts';
import { Authentications } from './authentications';
import { CallRates } from './call-rates';
import { FindingTally } from './findings';
import { factsOf, type Facts } from './line-facts';
import { Minutes, type Kind } from './minutes';
import { Names } from './names';
import { pairKey } from './pair-key';
import { Patterns } from './patterns';
import { Series } from './series';
import { Tally } from './tally';

/** Names with figures of their own; of users there may be a million. */
export const MOST = { users: 5_000, tools: 2_000, agents: 1_000, servers: 1_000 } as const;
const MOST_DENIALS = 500;
const MOST_FEW = 200;

/** What denials are called, by event; the first three are those of the guide. */
const DENIALS = {
  mcp_access_denied: 'access_denied',
  mcp_rate_limit: 'rate_limits',
  mcp_budget_exceeded: 'budget_exceeded',
  mcp_input_rejected: 'input_rejected',
  mcp_circuit_open: 'circuit_open',
} as const;
type DenialEvent = keyof typeof DENIALS;
export type DenialName = (typeof DENIALS)[DenialEvent];

/** Guard of a denial in a line of the guide, which names none. */
const GUARD_OF: Readonly<Record<DenialName, string>> = {
  access_denied: 'access_denied',
  rate_limits: 'rate_limit',
  budget_exceeded: 'budget',
  input_rejected: 'input_rejected',
  circuit_open: 'circuit_breaker',
};

const OBSERVED = 'observed';

interface Split {
  blocked: number;
  observed: number;
}

export class Aggregate {
  readonly total = new Tally();
  readonly tools = new Names(MOST.tools);
  readonly users = new Names(MOST.users);
  readonly agents = new Names(MOST.agents);
  readonly servers = new Names(MOST.servers);
  readonly events = new Counts(MOST_FEW);
  readonly errors = new Counts(MOST_FEW);
  readonly methods = new Counts(MOST_FEW);
  readonly findings = new FindingTally();
  readonly minutes = new Minutes();
  readonly series = new Series();
  readonly rates = new CallRates();
  readonly patterns = new Patterns();
  readonly security = Object.fromEntries(
    Object.values(DENIALS).map((name) => [name, { blocked: 0, observed: 0 }]),
  ) as Record<DenialName, Split>;
  /** By guard, rule and reason, as JSON. */
  readonly denials = new Map<string, Split>();
  readonly authentication = new Authentications();
  readonly lines = { all: 0, records: 0, outside: 0, foreign: 0, lost: 0 };
  readonly bad = { torn: 0, unreadable: 0, too_long: 0, unusable: 0 };
  first = Infinity;
  last = -Infinity;
  failedRequests = 0;

  /** @param now - milliseconds since 1970: later lines are not believed */
  constructor(
    private readonly period: Period,
    private readonly now: number,
  ) {}

  add({ record, problem }: AuditLine): void {
    this.lines.all += 1;
    if (problem === 'other') this.lines.foreign += 1;
    else if (problem !== undefined) this.bad[problem] += 1;
    if (record === undefined) return;
    const facts = factsOf(record, this.now);
    if (facts === 'unknown_event') this.lines.foreign += 1;
    else if (facts === 'unusable') this.bad.unusable += 1;
    else if (this.isInPeriod(facts.time)) this.count(facts, record);
    else this.lines.outside += 1;
  }

  private isInPeriod(time: number): boolean {
    const { since = -Infinity, until = Infinity } = this.period;
    return time >= since && time < until;
  }

  private count(facts: Facts, record: AuditRecord): void {
    const { time, event, dropped } = facts;
    this.lines.records += 1;
    this.lines.lost += dropped;
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
    this.events.add(event);
    if (event === 'mcp_tool_call') this.call(facts, record);
    else if (event === 'mcp_request') this.request(facts);
    else if (Object.hasOwn(DENIALS, event)) this.denial(facts, record, DENIALS[event as DenialEvent]);
    else if (event === 'mcp_security_alert') this.findings.add(facts, record);
    else if (event === 'mcp_auth') this.authentication.add(facts);
  }

  /** A call that was made: what was observed of it stands in a line of its own, with the same `call_id`. */
  private call(facts: Facts, record: AuditRecord): void {
    const { time, success, latency, errorType } = facts;
    const bucket = this.series.at(time).tally;
    for (const tally of [this.total, bucket, ...this.named(facts)]) {
      if (success) tally.successful += 1;
      else tally.failed += 1;
      if (latency !== undefined) tally.latency.add(latency);
    }
    this.minutes.add(time, 'calls');
    if (!success) {
      this.minutes.add(time, 'errors');
      this.errors.add(errorType ?? 'unknown');
    }
    const pair = pairKey(facts);
    this.rates.add(pair, facts);
    this.patterns.add(pair, facts, record, success ? 'success' : 'failure');
  }

  private request({ method = 'unknown', success }: Facts): void {
    this.methods.add(method);
    if (!success) this.failedRequests += 1;
  }

  private denial(facts: Facts, record: AuditRecord, name: DenialName): void {
    const { time, action, guard = GUARD_OF[name], rule, reason } = facts;
    const how = action === OBSERVED ? 'observed' : 'blocked';
    this.security[name][how] += 1;
    this.denialRow(guard, rule, reason)[how] += 1;
    const bucket = this.series.at(time);
    bucket.denials.add(guard);
    if (name === 'access_denied' || name === 'rate_limits' || name === 'budget_exceeded') {
      this.minutes.add(time, name);
      if (how === 'blocked') this.minutes.add(time, `${name}_blocked` satisfies Kind);
    }
    if (!facts.isToolCall) for (const tally of this.callers(facts)) tally.otherDenials += 1;
    else if (how === 'observed') for (const tally of [this.total, ...this.named(facts)]) tally.observed += 1;
    else if (facts.isEnd) {
      for (const tally of [this.total, bucket.tally, ...this.named(facts)]) tally.denied += 1;
      const pair = pairKey(facts);
      this.rates.add(pair, facts);
      this.patterns.add(pair, facts, record, 'denied');
    }
  }

  private named(facts: Facts): Tally[] {
    return [this.tools.of(facts.tool), ...this.callers(facts)];
  }

  private callers({ user, agent, server }: Facts): Tally[] {
    return [this.users.of(user), this.agents.of(agent), this.servers.of(server)];
  }

  private denialRow(guard: string, rule = '', reason = ''): Split {
    const key = JSON.stringify([guard, rule, reason]);
    let row =
      this.denials.get(key) ?? (this.denials.size < MOST_DENIALS ? undefined : this.denials.get(OTHERS));
    if (row === undefined) {
      row = { blocked: 0, observed: 0 };
      this.denials.set(this.denials.size < MOST_DENIALS ? key : OTHERS, row);
    }
    return row;
  }
}

const OTHERS = JSON.stringify([OTHER, '', '']);
