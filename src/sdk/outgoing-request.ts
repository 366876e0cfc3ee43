/** One outgoing request from its beginning to the answer, seen by the call layer and by the wire layer. */
import type { ActiveCall, Ending } from './interceptor';
import { failureType, plainMessage } from './errors';
import type { WireMessage } from './shapes';
import { isObject } from './shapes';

export class OutgoingRequest {
  private answer: WireMessage | undefined;
  private waiting: Map<string | number, OutgoingRequest> | undefined;
  private failedLeg: { readonly error: unknown; readonly ending: Ending } | undefined;

  /**
   * @param signal - the caller's own abort signal
   * @param detached - sent past the request funnel: no promise will settle it, only the wire and the connection
   */
  constructor(
    readonly active: ActiveCall,
    private readonly signal: AbortSignal | undefined,
    private readonly parent?: OutgoingRequest,
    private readonly detached = false,
  ) {
    // What the first request of a multi-round call was answered says nothing about how the call ends.
    if (parent !== undefined) parent.answer = undefined;
  }

  /** The message is on the wire under `id`: `waiting` holds it until it is answered or settled. */
  sentAs(id: string | number, waiting: Map<string | number, OutgoingRequest>): void {
    this.active.call.requestId = id;
    this.waiting = waiting;
    waiting.set(id, this);
  }

  get sent(): boolean {
    return this.active.call.requestId !== undefined;
  }

  /** The answer as it came off the wire. */
  answered(message: WireMessage): void {
    this.answer = message;
    this.stopWaiting();
    if (!this.detached) return;
    this.active.end(this.rpcError(undefined) ?? { type: 'result', value: message.result });
  }

  resolved(value: unknown): void {
    this.stopWaiting();
    this.active.end({ type: 'result', value });
  }

  rejected(error: unknown): void {
    this.stopWaiting();
    const ending = this.endingOf(error);
    if (this.parent !== undefined) this.parent.failedLeg = { error, ending };
    this.active.end(ending);
  }

  /** The connection is gone. A request of the funnel is settled by the SDK, which knows better. */
  abandon(errorType: string): void {
    if (this.detached) this.active.end({ type: 'failure', errorType });
  }

  private stopWaiting(): void {
    const id = this.active.call.requestId;
    if (id !== undefined && this.waiting?.get(id) === this) this.waiting.delete(id);
  }

  private endingOf(error: unknown): Ending {
    const aborted = this.signal?.aborted === true;
    if (!aborted) {
      const known = this.rpcError(error);
      if (known !== undefined) return known;
      if (this.failedLeg !== undefined && this.failedLeg.error === error) return this.failedLeg.ending;
    }
    const errorType = failureType(error, { sent: this.sent, answered: this.hasFinalResult(), aborted });
    return { type: 'failure', errorType, thrown: error };
  }

  private rpcError(thrown: unknown): Ending | undefined {
    const error = this.answer?.error;
    if (!isObject(error) || typeof error.code !== 'number') return undefined;
    return { type: 'rpc_error', code: error.code, message: plainMessage(error.message), thrown };
  }

  /** `input_required` is an answer that asks for more: what is thrown after it is not about its shape. */
  private hasFinalResult(): boolean {
    const result = this.answer?.result;
    return isObject(result) && result['resultType'] !== 'input_required';
  }
}
