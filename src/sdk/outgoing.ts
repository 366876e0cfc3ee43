/**
 * Call layer, outgoing: wraps the request funnel and `Client.callTool`.
 *
 * `callTool` checks before and after the request that it makes, so a call made through it begins and ends there; the
 * request inside belongs to it. Who owns a request is known without asynchronous context: a request names its
 * parameters' object, and `transport.send` runs synchronously inside the funnel.
 */
import { countInternalError } from '../core/diagnostics';
import { safely } from '../core/safe';
import type { Connection } from './connection';
import { During } from './during';
import type { Interceptor } from './interceptor';
import type { OutgoingRequest } from './outgoing-request';
import { callersSignal, settle, startRequest, withTimeLimit } from './outgoing-request';
import type { FunnelName } from './prototypes';
import { withRetries } from './retries';
import { asSender } from './sender';
import type { AnyFunction, ProtocolLike, WireMessage } from './shapes';
import { isObject } from './shapes';

/** Position of the request object in the funnel's arguments; options come two places later. */
const REQUEST_ARGUMENT: Readonly<Record<FunnelName, number>> = {
  _requestWithSchemaViaCodec: 1,
  _requestWithSchema: 0,
  request: 0,
};

/** The call whose retry leg is about to be requested, synchronously. */
const retrying = new During<OutgoingRequest>();
/** The `callTool` that is running up to its first `await`: 1.x makes its request before it. */
const calling = new During<ToolCall>();

/** Calls of `callTool` that return before they have made their request, by the parameters it will carry (v2). */
const toolCalls = new Map<object, ToolCall[]>();
/** v2 requests by the object given to the funnel: the key by which a call is known when it is retried. */
const byRequestObject = new WeakMap<object, OutgoingRequest>();

interface ToolCall {
  readonly outgoing: OutgoingRequest;
  readonly params: object;
  requested: boolean;
}

/** What the wrappers need from the patch. */
export interface OutgoingContext {
  readonly interceptor: Interceptor;
  /** The connection that a protocol object uses now. */
  readonly attach: (protocol: ProtocolLike) => Connection;
}

// The wrappers below run on every call: `arguments` and inline `try` instead of rest parameters and closures cost them
// nothing when nobody is interested, and little otherwise (measured in bench/call).

export function wrapFunnel(original: AnyFunction, funnel: FunnelName, context: OutgoingContext): AnyFunction {
  const position = REQUEST_ARGUMENT[funnel];
  const canRetry = funnel !== 'request';
  return function funnelled(this: unknown) {
    const args = arguments as unknown as unknown[];
    const toolCall = claimToolCall(args[position], canRetry);
    if (toolCall !== undefined)
      return asSender(toolCall, original, this, timed(toolCall, args, position + 2));
    if (!context.interceptor.interested()) return original.apply(this, args);
    const options = args[position + 2];
    const outgoing = beginRequest(
      context,
      this as ProtocolLike,
      args[position] as WireMessage,
      options,
      canRetry,
    );
    if (outgoing === undefined) return original.apply(this, args);
    return outgoing.active.admit(() =>
      settle(outgoing, () =>
        outgoing.active.run(() => asSender(outgoing, original, this, timed(outgoing, args, position + 2))),
      ),
    );
  };
}

export function wrapCallTool(
  original: AnyFunction,
  optionsArgument: 1 | 2,
  context: OutgoingContext,
): AnyFunction {
  return function callTool(this: unknown) {
    const args = arguments as unknown as unknown[];
    const params = args[0];
    if (!isObject(params) || !context.interceptor.interested()) return original.apply(this, args);
    const request = { method: 'tools/call', params };
    const outgoing = beginRequest(context, this as ProtocolLike, request, args[optionsArgument], false);
    if (outgoing === undefined) return original.apply(this, args);
    let toolCall: ToolCall = { outgoing, params, requested: false };
    const attempt = (owner: OutgoingRequest) => {
      forget(toolCall);
      const current = { outgoing: owner, params, requested: false };
      toolCall = current;
      return owner.active.run(() => asCaller(current, original, this, args));
    };
    const beginLeg = () =>
      beginRequest(context, this as ProtocolLike, request, args[optionsArgument], false, outgoing);
    return outgoing.active.admit(() =>
      settle(
        outgoing,
        () => withRetries(outgoing, attempt, beginLeg),
        () => forget(toolCall),
      ),
    );
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
  const retryAsLeg = (...args: unknown[]) => retrying.apply(owner, retry, undefined, args);
  return { owner, flow: { ...flow, retry: retryAsLeg } };
}

function beginRequest(
  { interceptor, attach }: OutgoingContext,
  protocol: ProtocolLike,
  request: WireMessage,
  options: unknown,
  canRetry: boolean,
  repeats?: OutgoingRequest,
): OutgoingRequest | undefined {
  try {
    // A request may be another leg of a call under way; what `callTool` begins is a call of its own, unless it `repeats` one.
    const parent = canRetry ? (retrying.current ?? repeatedToolCall(request)) : repeats;
    const outgoing = startRequest(interceptor, attach(protocol), request, callersSignal(options), parent);
    if (canRetry && outgoing !== undefined) byRequestObject.set(request, outgoing);
    return outgoing;
  } catch (error) {
    countInternalError('sdk', error);
    return undefined;
  }
}

/** Runs `callTool`. When it returns before its request, the request will be known by its parameters. */
function asCaller(toolCall: ToolCall, original: AnyFunction, self: unknown, args: unknown[]): unknown {
  try {
    return calling.apply(toolCall, original, self, args);
  } finally {
    if (!toolCall.requested) expectRequest(toolCall);
  }
}

function expectRequest(toolCall: ToolCall): void {
  const waiting = toolCalls.get(toolCall.params);
  if (waiting === undefined) toolCalls.set(toolCall.params, [toolCall]);
  else waiting.push(toolCall);
}

/** The arguments with the time limit of a policy in the options, unless the caller's own is shorter. */
function timed({ active }: OutgoingRequest, args: unknown[], position: number): unknown[] {
  const options = args[position];
  const limited = withTimeLimit(options, active.timeoutMs);
  if (limited === options) return args;
  const changed = Array.from(args);
  changed[position] = limited;
  return changed;
}

/** The call has settled: no request of it is to come. */
function forget(toolCall: ToolCall): void {
  if (toolCalls.size === 0) return;
  const waiting = toolCalls.get(toolCall.params);
  if (waiting === undefined || !waiting.includes(toolCall)) return;
  waiting.splice(waiting.indexOf(toolCall), 1);
  if (waiting.length === 0) toolCalls.delete(toolCall.params);
}

/** The tool call that made this request, if it has made none yet. Callers may share one parameters object. */
function claimToolCall(request: unknown, canRetry: boolean): OutgoingRequest | undefined {
  const { current } = calling;
  if (current === undefined && toolCalls.size === 0) return undefined;
  const params = toolParamsOf(request);
  if (params === undefined) return undefined;
  const isCalling = current !== undefined && !current.requested && current.params === params;
  const toolCall = isCalling ? current : toolCalls.get(params)?.find(({ requested }) => !requested);
  if (toolCall === undefined) return undefined;
  toolCall.requested = true;
  if (canRetry) byRequestObject.set(request as object, toolCall.outgoing);
  return toolCall.outgoing;
}

/** v2 sends a tool call again after a header mismatch: the second request is a leg of the same call. */
function repeatedToolCall(request: WireMessage): OutgoingRequest | undefined {
  if (toolCalls.size === 0) return undefined;
  const params = toolParamsOf(request);
  return params === undefined ? undefined : toolCalls.get(params)?.at(-1)?.outgoing;
}

function toolParamsOf(request: unknown): object | undefined {
  if (!isObject(request) || request['method'] !== 'tools/call') return undefined;
  const { params } = request;
  return isObject(params) ? params : undefined;
}
