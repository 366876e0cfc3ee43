/**
 * The calls of an audit log, as they arrived: in the order in which the guards of each process decided about them, at the
 * times at which they began.
 *
 * A line is written when its call ends, a denial that is only observed when it is decided. `call_id` numbers the calls of
 * a process in the order of their decisions, so that this order is exact. A time is that of the line less the latency: exact
 * to a millisecond, and to what the process did between the end of the call and its line.
 */
import type { AuditDecision, AuditRecord } from '../audit/schema';

/** What is kept of a call. */
export interface Arrival {
  /** Milliseconds since 1970. */
  at: number;
  /** Milliseconds since 1970; absent where the log ends before. */
  readonly endedAt: number | undefined;
  readonly id: string | undefined;
  /** The process, or thread, that made it: what is counted in memory is counted for it alone. */
  readonly writer: string;
  readonly method: string;
  readonly target: string | undefined;
  readonly serverId: string;
  readonly userId: string | undefined;
  readonly tenantId: string | undefined;
  readonly agentName: string | undefined;
  readonly roles: readonly string[] | undefined;
  readonly session: string | undefined;
  readonly bytes: number | undefined;
  /** `bytes` is a lower bound. */
  readonly isSizeLeast: boolean;
  /** As JSON, perhaps cut. */
  readonly arguments: string | undefined;
  readonly result: string | undefined;
  readonly hasResult: boolean;
  readonly toolDigest: string | undefined;
  readonly policyDigest: string | undefined;
  readonly outcome: 'success' | 'error' | 'denied' | undefined;
  readonly errorType: string | undefined;
  /** What was decided then: every guard that did not allow, and `all`. */
  readonly decisions: readonly AuditDecision[];
  readonly action: AuditRecord['action'];
}

/** Methods that guards decide about. */
const GUARDED = new Set([
  'tools/call',
  'resources/read',
  'resources/subscribe',
  'prompts/get',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
]);

/** How far a time by latency and one by the clock may be apart. */
const CLOCK_MS = 2;

export interface ArrivalsInLog {
  readonly arrivals: readonly Arrival[];
  /** Lines about guarded calls that say too little to be replayed. */
  readonly unusable: number;
}

/** Collects records, line by line. */
export class ArrivalCollector {
  private readonly lines: Arrival[] = [];
  /** Places of calls in `lines`, by process and number: numbers take less memory than texts. */
  private readonly places = new Map<string, Map<number | string, number>>();
  private readonly texts = new Map<string, string>();
  private readonly lists = new Map<string, readonly AuditDecision[]>();
  private unusable = 0;

  add(record: AuditRecord): void {
    const { call_id: id, event, timestamp, writer = '' } = record;
    // A finding of the monitor names the call that completed it, and says nothing of how that ended.
    if (event === 'mcp_security_alert') return;
    const method = record.method ?? (event === 'mcp_tool_call' ? 'tools/call' : undefined);
    if (method === undefined || !GUARDED.has(method)) return;
    const writtenAt = Date.parse(timestamp);
    if (!isTime(writtenAt) || !isTime(writtenAt - (record.latency_ms ?? 0))) {
      this.unusable += 1;
      return;
    }
    const places = this.placesOf(writer);
    const key = numberOf(id) ?? id;
    const before = key === undefined ? undefined : places.get(key);
    if (before === undefined) {
      if (key !== undefined) places.set(key, this.lines.length);
      this.lines.push(this.arrivalOf(record, method, writtenAt));
    } else {
      // The end of a call whose denial was observed when it was decided, or when its result was looked at; or what a
      // shared store said of it when it was over.
      const { at, endedAt } = this.lines[before]!;
      const call = this.arrivalOf(record, method, writtenAt);
      if (endedAt !== undefined || Math.abs(at - call.at) <= CLOCK_MS) call.at = at;
      this.lines[before] = call;
    }
  }

  /** All of them, of each process in the order of its decisions. */
  all(): ArrivalsInLog {
    const byWriter = new Map<string, Arrival[]>();
    for (const line of this.lines) {
      const calls = byWriter.get(line.writer);
      if (calls === undefined) byWriter.set(line.writer, [line]);
      else calls.push(line);
    }
    for (const calls of byWriter.values()) inOrder(calls);
    const arrivals = [...byWriter.values()].flat();
    // Stable: what arrived in one millisecond stays in order.
    return { arrivals: arrivals.toSorted((a, b) => a.at - b.at), unusable: this.unusable };
  }

  private placesOf(writer: string): Map<number | string, number> {
    let places = this.places.get(writer);
    if (places === undefined) this.places.set(writer, (places = new Map()));
    return places;
  }

  private arrivalOf(record: AuditRecord, method: string, writtenAt: number): Arrival {
    const latency = record.latency_ms;
    const isEnd = record.outcome !== undefined || latency !== undefined;
    const begun = Math.floor(writtenAt - (latency ?? 0));
    return {
      at: begun,
      endedAt: isEnd ? writtenAt : undefined,
      id: record.call_id,
      writer: this.shared(record.writer ?? ''),
      method: this.shared(method),
      target: this.sharedOrNone(record.target ?? toolOf(record, method)),
      serverId: this.shared(record.server_id ?? 'unknown'),
      userId: this.sharedOrNone(record.user_id),
      tenantId: this.sharedOrNone(record.tenant_id),
      agentName: this.sharedOrNone(record.agent_name),
      roles: record.roles,
      session: this.sharedOrNone(record.session),
      bytes: record.req_bytes,
      isSizeLeast: record.params_hash_scope === 'truncated',
      arguments: record.arguments,
      result: record.result,
      hasResult: record.res_bytes !== undefined || record.outcome === 'success',
      toolDigest: this.sharedOrNone(record.tool_digest),
      policyDigest: this.sharedOrNone(record.policy_digest),
      outcome: record.outcome,
      errorType: this.sharedOrNone(record.error_type),
      decisions: this.onlyNotable(record.decisions),
      action: record.action,
    };
  }

  /** Most calls are allowed by the same guards: one list stands for them all. */
  private onlyNotable(decisions: readonly AuditDecision[] = []): readonly AuditDecision[] {
    const [only] = decisions;
    if (decisions.length !== 1 || only?.guard !== 'all') return decisions;
    const key = only.checked ?? '';
    let list = this.lists.get(key);
    if (list === undefined) this.lists.set(key, (list = decisions));
    return list;
  }

  /** One string for equal ones: a log repeats few names millions of times. */
  private shared(text: string): string {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    if (this.texts.size < MAX_SHARED) this.texts.set(text, text);
    return text;
  }

  private sharedOrNone(text: string | null | undefined): string | undefined {
    return text === null || text === undefined ? undefined : this.shared(text);
  }
}

/** Milliseconds since 1970 that a date can be. */
const isTime = (at: number): boolean => Math.abs(at) <= 8.64e15;

const MAX_SHARED = 100_000;

/** Lines of other programs name the tool alone. */
function toolOf({ tool_name: tool }: AuditRecord, method: string): string | undefined {
  return method === 'tools/call' ? (tool ?? undefined) : undefined;
}

/** In the order of their numbers, which is that of the decisions; where lines have none, in that of their times. */
function inOrder(calls: Arrival[]): void {
  const numbers = new Map(calls.map((call) => [call, numberOf(call.id)]));
  const isNumbered = calls.every((call) => numbers.get(call) !== undefined);
  // oxlint-disable-next-line unicorn/no-array-sort -- our own array, and a large one
  calls.sort((a, b) => (isNumbered ? numbers.get(a)! - numbers.get(b)! : a.at - b.at));
  // A clock that was read to the millisecond, and a latency that was not: the order holds.
  let latest = Number.NEGATIVE_INFINITY;
  for (const call of calls) {
    latest = Math.max(latest, call.at);
    call.at = latest;
  }
}

function numberOf(id: string | undefined): number | undefined {
  const digits = /-([0-9a-z]{1,10})$/.exec(id ?? '')?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 36);
}
