/** One call on its way through the pipeline: span, guards, send, outcome, recorders. */
import type { CallRecord, Decision, McpCall, Outcome } from '../core/call';
import { monotonicSeconds } from '../core/clock';
import { countInternalError } from '../core/diagnostics';
import { safely } from '../core/safe';
import type { ActiveCall, Ending, Refusal } from '../sdk/interceptor';
import type { CallSpan } from '../telemetry/call-span';
import type { Admission, Guards } from './guards';
import { outcomeOf } from './outcome';

/** Of a call whose result throws when it is looked at. */
const UNREADABLE: Outcome = { status: 'error', errorType: '_OTHER' };

/** What a call tells the pipeline. */
export interface CallObserver {
  /** Guards have decided about it; it may go on all the same. */
  decided(call: McpCall, decisions: readonly Decision[]): void;
  /** It is over. */
  finished(call: CallInProgress, record: CallRecord): void;
}

export class CallInProgress implements ActiveCall {
  private readonly startedAt = monotonicSeconds();
  private decisions: readonly Decision[] = NONE;
  private admission: Admission | undefined;
  private ended = false;
  /** Neighbours in the list of calls under way. */
  before: CallInProgress | undefined;
  after: CallInProgress | undefined;

  /** @param span - `undefined` when telemetry has no interest in the call */
  constructor(
    readonly call: McpCall,
    private readonly span: CallSpan | undefined,
    private readonly guards: Guards | undefined,
    private readonly observer: CallObserver,
  ) {}

  admit<T>(proceed: () => T): T {
    if (this.guards === undefined) return proceed();
    const startedAt = monotonicSeconds();
    const admission = safely('guards', () => this.run(() => this.guards?.decide(this.call)));
    if (admission === undefined) return proceed();
    if (!(admission instanceof Promise)) {
      if (admission.decisions.length > 0) this.noteDuration(monotonicSeconds() - startedAt);
      return this.apply(admission, proceed);
    }
    const decided = admission.catch((error: unknown): Admission => {
      countInternalError('guards', error);
      return { decisions: NONE };
    });
    return decided.then((later) => this.apply(later, proceed)) as T;
  }

  /** Takes note of what was decided; the call ends with a denial. */
  decide(admission: Admission): void {
    const { decisions, denial } = admission;
    this.noteDecisions(decisions);
    if (denial === undefined) this.admission = admission;
    else this.finish({ status: 'denied', errorType: denial.errorType, exception: denial.error });
  }

  private noteDecisions(decisions: readonly Decision[]): void {
    if (decisions.length === 0) return;
    this.decisions = this.decisions.length === 0 ? decisions : [...this.decisions, ...decisions];
    safely('telemetry', () => this.span?.decided(decisions));
    this.observer.decided(this.call, decisions);
  }

  private noteDuration(seconds: number): void {
    safely('telemetry', () => this.span?.guardsTook(seconds));
  }

  private apply<T>(admission: Admission, proceed: () => T): T {
    this.decide(admission);
    const { denial } = admission;
    // The send comes first: an immediate runs when this turn of the event loop is over.
    if (admission.later !== undefined) setImmediate(() => void this.follow(admission));
    if (denial === undefined) return proceed();
    const { error, result } = denial;
    return (result === undefined ? Promise.reject(error) : Promise.resolve(result)) as T;
  }

  /** Of a call that is over by then, telemetry's counters and the audit log alone learn what was decided. */
  private async follow(admission: Admission): Promise<void> {
    try {
      this.noteDecisions((await admission.later?.()) ?? NONE);
    } catch (error) {
      countInternalError('guards', error);
    }
  }

  get reviews(): boolean {
    return this.admission?.review !== undefined;
  }

  review(value: unknown): unknown {
    const review = safely('guards', () => this.admission?.review?.(value));
    if (review === undefined) return value;
    const { decisions, denial } = review;
    this.noteDecisions(decisions);
    if (denial === undefined) return review.value;
    this.finish({ status: 'denied', errorType: denial.errorType, exception: denial.error });
    if (denial.result !== undefined) return denial.result;
    throw denial.error;
  }

  get timeoutMs(): number | undefined {
    return this.admission?.timeoutMs;
  }

  get retries(): number {
    return this.admission?.retries ?? 0;
  }

  refusal(): Refusal | undefined {
    const admission = safely('guards', () => this.run(() => this.guards?.decide(this.call)));
    if (admission === undefined || admission instanceof Promise) return undefined;
    this.decide(admission);
    return admission.denial === undefined ? undefined : admission.refusal;
  }

  run<T>(work: () => T): T {
    return this.span === undefined ? work() : this.span.run(work);
  }

  inject(params: McpCall['params']): McpCall['params'] {
    const sent = params === undefined ? undefined : this.rewritten(params);
    return this.span === undefined ? sent : this.span.inject(sent);
  }

  private rewritten(params: NonNullable<McpCall['params']>): McpCall['params'] {
    return safely('guards', () => this.admission?.rewrite?.(params)) ?? params;
  }

  end(ending: Ending): void {
    if (this.ended) return;
    let outcome: Outcome = UNREADABLE;
    try {
      outcome = outcomeOf(this.call, ending);
    } catch (error) {
      countInternalError('pipeline', error);
    }
    this.finish(outcome);
  }

  private finish(outcome: Outcome): void {
    this.ended = true;
    const record: CallRecord = {
      call: this.call,
      outcome,
      decisions: this.decisions,
      seconds: monotonicSeconds() - this.startedAt,
    };
    if (this.admission !== undefined) safely('guards', () => this.tellGuards(outcome));
    try {
      this.span?.end(record);
    } catch (error) {
      countInternalError('telemetry', error);
    }
    this.observer.finished(this, record);
  }

  /** What was set aside for a call that never left is given back. */
  private tellGuards({ errorType }: Outcome): void {
    if (this.call.requestId === undefined) this.admission?.refund?.();
    else this.admission?.settled?.(errorType);
  }
}

const NONE: readonly Decision[] = [];

/** The calls under way, linked through themselves: adding and removing costs no hashing and keeps no memory. */
export class CallList {
  private last: CallInProgress | undefined;

  add(call: CallInProgress): void {
    call.before = this.last;
    if (this.last !== undefined) this.last.after = call;
    this.last = call;
  }

  remove(call: CallInProgress): void {
    if (call.before !== undefined) call.before.after = call.after;
    if (call.after !== undefined) call.after.before = call.before;
    else if (this.last === call) this.last = call.before;
    call.before = undefined;
    call.after = undefined;
  }

  /** The latest first. */
  all(): CallInProgress[] {
    const calls: CallInProgress[] = [];
    for (let call = this.last; call !== undefined; call = call.before) calls.push(call);
    return calls;
  }
}
