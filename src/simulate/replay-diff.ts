/** What a policy would have done about the calls of a log, beside what was done, or would have been, under another. */
import type { LoadedPolicy } from '../policy/load';
import type { Arrival } from './arrivals';
import type { Decided } from './decided';
import type { Replayed, ReplayOptions, Undecided } from './replay';
import { Replay } from './replay';

/** From the least to the strictest: what a call met. */
const STRICTNESS: Readonly<Record<Decided['action'], number>> = {
  allowed: 0,
  modified: 0,
  failed_open: 0,
  observed: 1,
  blocked: 2,
};

export interface ChangedCall {
  readonly call_id: string | undefined;
  readonly timestamp: string;
  readonly method: string;
  readonly target: string | undefined;
  readonly server_id: string;
  readonly user_id: string | undefined;
  readonly tenant_id: string | undefined;
  readonly agent_name: string | undefined;
  readonly from: Decided['action'];
  readonly to: Decided['action'];
  /** Whose decision makes the difference: of the new policy where it denies, else of the old one. */
  readonly guard: string | undefined;
  readonly rule: string | undefined;
  readonly reason: string | undefined;
}

export interface RuleCount {
  readonly guard: string | undefined;
  readonly rule: string | undefined;
  readonly reason: string | undefined;
  readonly calls: number;
  readonly users: number;
}

export interface UserCount {
  readonly user_id: string | undefined;
  readonly tenant_id: string | undefined;
  readonly guard: string | undefined;
  readonly rule: string | undefined;
  readonly calls: number;
}

export interface ChangedCalls {
  readonly calls: number;
  /** Of them: denied, or no longer denied; the rest is only observed. */
  readonly blocked: number;
  readonly by_rule: readonly RuleCount[];
  /** The users with most of them, by rule. */
  readonly by_user: readonly UserCount[];
  readonly users: number;
  readonly examples: readonly ChangedCall[];
}

export interface ReplayDiff {
  readonly calls: number;
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Processes and threads that made them. */
  readonly processes: number;
  readonly outcomes: { readonly old: Outcomes; readonly new: Outcomes };
  readonly newly_denied: ChangedCalls;
  readonly newly_allowed: ChangedCalls;
  /** Calls of which the log tells too little, by what it does not tell. */
  readonly undecided: Readonly<Partial<Record<Undecided, number>>>;
  /** `server_id`s that may be another entry’s. */
  readonly servers: Readonly<Record<string, string>>;
  /** How often the old policy, run over the log, says what the log says that it said. */
  readonly agreement: { readonly compared: number; readonly agreeing: number };
  /** Calls whose line is of another policy than the old one: its decisions are worked out too. */
  readonly of_other_policies: number;
}

export type Outcomes = Readonly<Record<Decided['action'], number>>;

export interface ReplayDiffOptions extends Pick<ReplayOptions, 'transports'> {
  /** Most of them that are kept of each kind. Default: 20. */
  readonly examples?: number | undefined;
  /** Told of every call. */
  readonly each?: ((call: Replayed) => void) | undefined;
}

export function replayDiff(
  old: LoadedPolicy,
  now: LoadedPolicy,
  arrivals: readonly Arrival[],
  options: ReplayDiffOptions = {},
): ReplayDiff {
  const { each, transports } = options;
  const [before, after] = [old, now].map((loaded) => new Replay(loaded, { recorded: old, transports })) as [
    Replay,
    Replay,
  ];
  const denied = new Changes(options.examples);
  const allowed = new Changes(options.examples);
  const outcomes = { old: noOutcomes(), new: noOutcomes() };
  const undecided: Partial<Record<Undecided, number>> = {};
  const agreement = { compared: 0, agreeing: 0 };
  let others = 0;
  for (const arrival of arrivals) {
    const replayed = before.next(arrival);
    const isRecorded = arrival.policyDigest === old.digest && arrival.action !== undefined;
    if (!isRecorded) others += 1;
    else if (replayed.undecided.length === 0) {
      agreement.compared += 1;
      if (replayed.decided.action === arrival.action) agreement.agreeing += 1;
    }
    const from = isRecorded ? recordedOutcome(arrival) : replayed.decided;
    const call = after.next(arrival);
    const to = call.decided;
    outcomes.old[from.action] += 1;
    outcomes.new[to.action] += 1;
    for (const one of call.undecided) undecided[one] = (undecided[one] ?? 0) + 1;
    const change = STRICTNESS[to.action] - STRICTNESS[from.action];
    if (change > 0) denied.add(arrival, from, to, to, to.action === 'blocked');
    else if (change < 0 && !isOpen(call, from))
      allowed.add(arrival, from, to, from, from.action === 'blocked');
    each?.(call);
  }
  return {
    calls: arrivals.length,
    first: timeOf(arrivals[0]),
    last: timeOf(arrivals.at(-1)),
    processes: new Set(arrivals.map(({ writer }) => writer)).size,
    outcomes,
    newly_denied: denied.summary(),
    newly_allowed: allowed.summary(),
    undecided,
    servers: Object.fromEntries(after.doubts()),
    agreement,
    of_other_policies: others,
  };
}

/** Whether the guard that denied could not be asked again: then nothing is said of the call but that. */
function isOpen({ undecided }: Replayed, { guard }: Outcome): boolean {
  return undecided.some((one) => (GUARDS_OF[one] ?? one) === guard);
}

const GUARDS_OF: Readonly<Partial<Record<Undecided, string>>> = {
  content_results: 'content',
  size_details: 'input_size',
};

const timeOf = (arrival: Arrival | undefined): string | undefined =>
  arrival && new Date(arrival.at).toISOString();

function noOutcomes(): Record<Decided['action'], number> {
  return { allowed: 0, blocked: 0, observed: 0, modified: 0, failed_open: 0 };
}

type Outcome = Pick<Decided, 'action' | 'guard' | 'rule' | 'reason'>;

function recordedOutcome({ action = 'allowed', decisions }: Arrival): Outcome {
  const { guard, rule, reason } =
    decisions.find((decision) => decision.action === action && decision.guard !== 'all') ?? {};
  return { action, guard, rule, reason };
}

const MAX_USERS_SHOWN = 20;

class Changes {
  private calls = 0;
  private blocked = 0;
  private readonly rules = new Map<
    string,
    { count: Omit<RuleCount, 'users'> & { calls: number }; users: Set<string> }
  >();
  private readonly users = new Map<string, UserCount & { calls: number }>();
  private readonly everyone = new Set<string>();
  private readonly examples: ChangedCall[] = [];

  constructor(private readonly most = 20) {}

  /** @param by - whose decision makes the difference */
  add(arrival: Arrival, from: Outcome, to: Outcome, by: Outcome, isBlocked: boolean): void {
    const { userId: user_id, tenantId: tenant_id } = arrival;
    const { guard, rule, reason } = by;
    this.calls += 1;
    if (isBlocked) this.blocked += 1;
    const who = JSON.stringify([tenant_id, user_id]);
    this.everyone.add(who);
    const ruleKey = JSON.stringify([guard, rule, reason]);
    let row = this.rules.get(ruleKey);
    if (row === undefined)
      this.rules.set(ruleKey, (row = { count: { guard, rule, reason, calls: 0 }, users: new Set() }));
    row.count.calls += 1;
    row.users.add(who);
    const userKey = JSON.stringify([tenant_id, user_id, guard, rule]);
    let user = this.users.get(userKey);
    if (user === undefined) this.users.set(userKey, (user = { user_id, tenant_id, guard, rule, calls: 0 }));
    user.calls += 1;
    if (this.examples.length < this.most) this.examples.push(changedCall(arrival, from, to, by));
  }

  summary(): ChangedCalls {
    const rules = [...this.rules.values()].map(({ count, users }) => ({ ...count, users: users.size }));
    return {
      calls: this.calls,
      blocked: this.blocked,
      by_rule: rules.toSorted((a, b) => b.calls - a.calls),
      by_user: [...this.users.values()].toSorted((a, b) => b.calls - a.calls).slice(0, MAX_USERS_SHOWN),
      users: this.everyone.size,
      examples: this.examples,
    };
  }
}

function changedCall(
  arrival: Arrival,
  from: Outcome,
  to: Outcome,
  { guard, rule, reason }: Outcome,
): ChangedCall {
  const { id, method, target, serverId, userId, tenantId, agentName } = arrival;
  return {
    call_id: id,
    timestamp: timeOf(arrival)!,
    method,
    target,
    server_id: serverId,
    user_id: userId,
    tenant_id: tenantId,
    agent_name: agentName,
    from: from.action,
    to: to.action,
    guard,
    rule,
    reason,
  };
}
