/** One call on its way through the pipeline: span, guards, send, outcome, recorders. */
import type { CallRecord, Decision, McpCall, Outcome } from '../core/call';
import { monotonicSeconds } from '../core/clock';
import { countInternalError } from '../core/diagnostics';
import { safely } from '../core/safe';
import type { ActiveCall, Ending } from '../sdk/interceptor';
import type { CallSpan } from '../telemetry/call-span';
import type { Admission, GuardHook } from './guard-hook';
import { outcomeOf } from './outcome';

/** Of a call whose result throws when it is looked at. */
const UNREADABLE: Outcome = { status: 'error', errorType: '_OTHER' };

export class CallInProgress implements ActiveCall {
  private readonly startedAt = monotonicSeconds();
  private decisions: readonly Decision[] = [];
  private ended = false;
  /** Neighbours in the list of calls under way. */
  before: CallInProgress | undefined;
  after: CallInProgress | undefined;

  /**
   * @param span - `undefined` when telemetry has no interest in the call
   * @param finished - hands the record to the recorders
   */
  constructor(
    readonly call: McpCall,
    private readonly span: CallSpan | undefined,
    private readonly guards: GuardHook | undefined,
    private readonly finished: (call: CallInProgress, record: CallRecord) => void,
  ) {}

  admit<T>(proceed: () => T): T {
    if (this.guards === undefined) return proceed();
    const admission = safely('guards', () => this.run(() => this.guards?.(this.call)));
    if (admission === undefined) return proceed();
    if (!(admission instanceof Promise)) return this.apply(admission, proceed);
    return admission.then((later) => this.apply(later, proceed)) as T;
  }

  private apply<T>(admission: Admission, proceed: () => T): T {
    this.decisions = admission.decisions;
    if (admission.denial === undefined) return proceed();
    const { errorType, error } = admission.denial;
    this.finish({ status: 'denied', errorType, exception: error });
    return Promise.reject(error) as T;
  }

  run<T>(work: () => T): T {
    return this.span === undefined ? work() : this.span.run(work);
  }

  inject(params: McpCall['params']): McpCall['params'] {
    return this.span === undefined ? params : this.span.inject(params);
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
    try {
      this.span?.end(record);
    } catch (error) {
      countInternalError('telemetry', error);
    }
    this.finished(this, record);
  }
}

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
