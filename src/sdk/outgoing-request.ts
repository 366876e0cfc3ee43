/** One outgoing request from its beginning to the answer, seen by the call layer and by the wire layer. */
import { safely } from '../core/safe';
import type { Connection } from './connection';
import type { ActiveCall, CallStart, Ending, Interceptor } from './interceptor';
import { causesOf, failureType, plainMessage } from './errors';
import type { Watcher } from './settlement';
import { watch } from './settlement';
import type { WireMessage } from './shapes';
import { isObject, text } from './shapes';
import { protocolVersionOf, targetOf } from './target';

/** How the request ended that a thrown error came out of: what passes the error on ended for the same reason. */
const endings = new WeakMap<object, Ending>();

/** The ending that `error` stands for, when a request was rejected with it or with one of its causes. */
export function endingBehind(error: unknown): Ending | undefined {
  for (const inner of causesOf(error)) {
    const ending = endings.get(inner);
    if (ending !== undefined) return ending;
  }
  return undefined;
}

/** The caller's own abort signal. Its state alone is read. */
export type CallersSignal = Pick<AbortSignal, 'aborted'>;

export class OutgoingRequest {
  private answer: WireMessage | undefined;
  private hasLegs = false;
  private waiting: Map<string | number, OutgoingRequest> | undefined;

  /**
   * @param signal - the caller's own abort signal
   * @param detached - sent past the request funnel: no promise will settle it, only the wire and the connection
   */
  constructor(
    readonly active: ActiveCall,
    private readonly signal: CallersSignal | undefined,
    parent?: OutgoingRequest,
    private readonly detached = false,
  ) {
    // What the first request of a multi-round call was answered says nothing about how the call ends.
    if (parent === undefined) return;
    parent.hasLegs = true;
    parent.answer = undefined;
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

  /** Never throws, whatever was thrown: the caller is to get `error` and nothing else. */
  rejected(error: unknown): void {
    this.stopWaiting();
    const unreadable: Ending = { type: 'failure', errorType: '_OTHER' };
    this.endWith(safely('sdk', () => this.endingOf(error)) ?? unreadable, error);
  }

  /** Whether `error` says that the transport, or a server in front of the real one, was at fault for the moment. */
  failedInTransport(error: unknown): boolean {
    const ending = safely('sdk', () => this.endingOf(error));
    return ending?.type === 'failure' && /^(?:transport_error|408|429|5\d\d)$/.test(ending.errorType);
  }

  /** A detached request could not be sent. */
  unsent(error: unknown): void {
    const errorType = failureType(error, { sent: true, answered: false, aborted: false });
    this.stopWaiting();
    this.endWith({ type: 'failure', errorType, thrown: error }, error);
  }

  /** The connection is gone. A request of the funnel is settled by the SDK, which knows better. */
  abandon(errorType: string): void {
    if (this.detached) this.active.end({ type: 'failure', errorType });
  }

  private endWith(ending: Ending, error: unknown): void {
    if (isObject(error)) endings.set(error, ending);
    this.active.end(ending);
  }

  private stopWaiting(): void {
    const id = this.active.call.requestId;
    if (id !== undefined && this.waiting?.get(id) === this) this.waiting.delete(id);
  }

  private endingOf(error: unknown): Ending {
    const aborted = this.signal?.aborted === true;
    if (!aborted) {
      const known = this.rpcError(error) ?? (this.hasLegs ? endingBehind(error) : undefined);
      if (known !== undefined) return known;
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

/**
 * Begins an outgoing request; `undefined` when nobody wants to know of it.
 *
 * @param parent - the call under way of which this request is another leg
 */
export function startRequest(
  interceptor: Interceptor,
  connection: Connection,
  message: WireMessage,
  signal: CallersSignal | undefined,
  parent?: OutgoingRequest,
): OutgoingRequest | undefined {
  const method = text(message?.method);
  if (method === undefined) return undefined;
  const start: CallStart = {
    direction: 'outgoing',
    kind: 'request',
    method,
    target: targetOf(method, message.params),
    params: message.params,
    protocolVersion: protocolVersionOf(message.params),
    session: connection,
    parent: parent?.active.call,
  };
  const active =
    parent === undefined ? interceptor.begin(start) : parent.active.run(() => interceptor.begin(start));
  return active === undefined ? undefined : new OutgoingRequest(active, signal, parent);
}

/** Ends the request when what `proceed` returned has settled; `over` runs just before. */
export function settle(outgoing: OutgoingRequest, proceed: () => unknown, over?: () => void): unknown {
  const { active } = outgoing;
  const watcher: Watcher = {
    fulfilled(value) {
      over?.();
      outgoing.resolved(value);
    },
    rejected(error) {
      over?.();
      outgoing.rejected(error);
    },
  };
  if (active.reviews) watcher.review = (value) => active.review(value);
  return watch(proceed, watcher);
}

/** The signal among a request's options. */
export function callersSignal(options: unknown): AbortSignal | undefined {
  if (!isObject(options)) return undefined;
  const signal = options['signal'];
  return isObject(signal) && 'aborted' in signal ? (signal as unknown as AbortSignal) : undefined;
}

/** A request's options with the time limit of a policy; the same value when there is none, or the caller's own is shorter. */
export function withTimeLimit(options: unknown, timeoutMs: number | undefined): unknown {
  if (timeoutMs === undefined) return options;
  const own = isObject(options) ? options : {};
  const { timeout } = own;
  if (typeof timeout === 'number' && timeout <= timeoutMs) return options;
  return { ...own, timeout: timeoutMs };
}
