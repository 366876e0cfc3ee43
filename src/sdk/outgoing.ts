/**
 * Call layer, outgoing: wraps the request funnel and `Client.callTool`.
 *
 * `callTool` checks before and after the request that it makes, so a call made through it begins and ends there; the
 * request inside belongs to it. Who owns a request is known without asynchronous context: a request names its
 * parameters' object, and `transport.send` runs synchronously inside the funnel.
 */
import type { Connection } from './connection';
import type { CallStart, Interceptor } from './interceptor';
import { OutgoingRequest } from './outgoing-request';
import type { FunnelName } from './prototypes';
import type { AnyFunction, ProtocolLike, WireMessage } from './shapes';
import { isObject, isThenable, text } from './shapes';
import { targetOf } from './target';
import { safely } from '../core/safe';

/** Position of the request object in the funnel's arguments; options come two places later. */
const REQUEST_ARGUMENT: Readonly<Record<FunnelName, number>> = {
  _requestWithSchemaViaCodec: 1,
  _requestWithSchema: 0,
  request: 0,
};

/** The request whose `send` is about to run, synchronously. */
let sending: OutgoingRequest | undefined;
/** The call whose retry leg is about to be requested, synchronously. */
let retrying: OutgoingRequest | undefined;

/** Calls of `callTool` that have not settled, by the parameters that their request will carry. */
const toolCalls = new WeakMap<object, ToolCall[]>();
/** Requests by the object given to the funnel: the key by which v2 names the call that it retries. */
const byRequestObject = new WeakMap<object, OutgoingRequest>();

interface ToolCall {
  readonly outgoing: OutgoingRequest;
  requested: boolean;
}

/** The owner of a message that the funnel is sending right now, once. */
export function takeSender(method: string | undefined): OutgoingRequest | undefined {
  const sender = sending;
  if (sender === undefined || sender.sent || sender.active.call.method !== method) return undefined;
  return sender;
}

export function wrapFunnel(
  original: AnyFunction,
  funnel: FunnelName,
  interceptor: Interceptor,
  attach: (protocol: ProtocolLike) => Connection | undefined,
): AnyFunction {
  const position = REQUEST_ARGUMENT[funnel];
  return function funnelled(this: unknown, ...args: unknown[]) {
    const proceed = () => original.apply(this, args);
    const requested = args[position];
    const toolCall = safely('sdk', () => claimToolCall(requested));
    if (toolCall !== undefined) return asSender(toolCall, proceed);
    const outgoing = safely('sdk', () =>
      beginRequest(
        interceptor,
        attach(this as ProtocolLike),
        requested as WireMessage,
        signalOf(args[position + 2]),
      ),
    );
    if (outgoing === undefined) return proceed();
    return outgoing.active.admit(() =>
      settle(outgoing, () => asSender(outgoing, () => outgoing.active.run(proceed))),
    );
  };
}

export function wrapCallTool(
  original: AnyFunction,
  optionsArgument: 1 | 2,
  interceptor: Interceptor,
  attach: (protocol: ProtocolLike) => Connection | undefined,
): AnyFunction {
  return function callTool(this: unknown, ...args: unknown[]) {
    const proceed = () => original.apply(this, args);
    const params = args[0];
    const outgoing = safely('sdk', () => {
      if (!isObject(params)) return undefined;
      const request = { method: 'tools/call', params };
      return beginRequest(
        interceptor,
        attach(this as ProtocolLike),
        request,
        signalOf(args[optionsArgument]),
      );
    });
    if (outgoing === undefined) return proceed();
    return outgoing.active.admit(() => {
      const done = expectRequest(params as object, outgoing);
      return settle(outgoing, () => outgoing.active.run(proceed), done);
    });
  };
}

/** v2: an `input_required` answer is fulfilled and the request retried; each retry is a leg of the first call. */
export function wrapResolveNonCompleteResult(original: AnyFunction): AnyFunction {
  return function _resolveNonCompleteResult(this: unknown, ...args: unknown[]) {
    const [decoded, flow, ...rest] = args;
    const legs = safely('sdk', () => withLegs(flow));
    if (legs === undefined) return original.apply(this, args);
    return legs.owner.active.run(() => original.call(this, decoded, legs.flow, ...rest));
  };
}

function withLegs(flow: unknown): { owner: OutgoingRequest; flow: unknown } | undefined {
  if (!isObject(flow) || !isObject(flow['request']) || typeof flow['retry'] !== 'function') return undefined;
  const owner = byRequestObject.get(flow['request']);
  if (owner === undefined) return undefined;
  const retry = flow['retry'] as AnyFunction;
  const retryAsLeg = (...args: unknown[]) => {
    const before = retrying;
    retrying = owner;
    try {
      return retry(...args);
    } finally {
      retrying = before;
    }
  };
  return { owner, flow: { ...flow, retry: retryAsLeg } };
}

function beginRequest(
  interceptor: Interceptor,
  session: Connection | undefined,
  request: WireMessage,
  signal: AbortSignal | undefined,
): OutgoingRequest | undefined {
  const method = text(request?.method);
  if (method === undefined || session === undefined) return undefined;
  const parent = retrying ?? repeatedToolCall(request);
  const start: CallStart = {
    direction: 'outgoing',
    kind: 'request',
    method,
    target: targetOf(method, request.params),
    params: request.params,
    session,
    parent: parent?.active.call,
  };
  const begin = () => interceptor.begin(start);
  const active = parent === undefined ? begin() : parent.active.run(begin);
  if (active === undefined) return undefined;
  const outgoing = new OutgoingRequest(active, signal, parent);
  byRequestObject.set(request, outgoing);
  return outgoing;
}

/** Marks `params` as those of a tool call under way; the returned function takes the mark off. */
function expectRequest(params: object, outgoing: OutgoingRequest): () => void {
  const entry: ToolCall = { outgoing, requested: false };
  const waiting = toolCalls.get(params);
  if (waiting === undefined) toolCalls.set(params, [entry]);
  else waiting.push(entry);
  return () => {
    const entries = toolCalls.get(params) ?? [];
    entries.splice(entries.indexOf(entry), 1);
    if (entries.length === 0) toolCalls.delete(params);
  };
}

/** The tool call that made this request, if it has made none yet. Callers may share one parameters object. */
function claimToolCall(request: unknown): OutgoingRequest | undefined {
  const entry = toolCallsOf(request)?.find(({ requested }) => !requested);
  if (entry === undefined) return undefined;
  entry.requested = true;
  byRequestObject.set(request as object, entry.outgoing);
  return entry.outgoing;
}

/** v2 sends a tool call again after a header mismatch: the second request is a leg of the same call. */
function repeatedToolCall(request: WireMessage): OutgoingRequest | undefined {
  return toolCallsOf(request)?.at(-1)?.outgoing;
}

function toolCallsOf(request: unknown): ToolCall[] | undefined {
  if (!isObject(request) || request['method'] !== 'tools/call' || !isObject(request['params']))
    return undefined;
  return toolCalls.get(request['params']);
}

function asSender(outgoing: OutgoingRequest, proceed: () => unknown): unknown {
  const before = sending;
  sending = outgoing;
  try {
    return proceed();
  } finally {
    sending = before;
  }
}

/**
 * Ends the call when the SDK's promise settles. The caller gets a promise of its own, derived from the SDK's: with the
 * SDK's own, our handler would make Node take a rejection that the agent never handles for handled.
 */
function settle(outgoing: OutgoingRequest, proceed: () => unknown, done?: () => void): unknown {
  let returned: unknown;
  try {
    returned = proceed();
  } catch (error) {
    done?.();
    outgoing.rejected(error);
    throw error;
  }
  if (!isThenable(returned)) {
    done?.();
    outgoing.resolved(returned);
    return returned;
  }
  return returned.then(
    (value) => {
      done?.();
      outgoing.resolved(value);
      return value;
    },
    (error: unknown) => {
      done?.();
      outgoing.rejected(error);
      throw error;
    },
  );
}

function signalOf(options: unknown): AbortSignal | undefined {
  if (!isObject(options)) return undefined;
  const signal = options['signal'];
  return isObject(signal) && 'aborted' in signal ? (signal as unknown as AbortSignal) : undefined;
}
