/**
 * Call layer of the AI SDK's client, outgoing.
 *
 * One call, many requests: a tool call that is tried again, and in 2.x a request that is answered `input_required` and
 * repeated with the input, are one call; what is sent after the first request are its legs. Who owns a request is known
 * without asynchronous context: `callToolWithRetry` runs each attempt synchronously in a function that we give it, and a
 * repeated request is a copy of the first one, so that it carries on the mark which that one was given.
 */
import { safely } from '../core/safe';
import type { AiSdkClientLike, RequestInput } from './ai-sdk-client';
import { isRequestInput } from './ai-sdk-client';
import { isGivenUpByClient } from './ai-sdk-errors';
import type { Connection } from './connection';
import type { Interceptor } from './interceptor';
import { During } from './during';
import type { CallersSignal, OutgoingRequest } from './outgoing-request';
import { callersSignal, settle, startRequest, withTimeLimit } from './outgoing-request';
import { withRetries } from './retries';
import { asSender } from './sender';
import type { AnyFunction, WireMessage } from './shapes';
import { isObject } from './shapes';

/** What the wrappers need from the patch. */
export interface AiSdkContext {
  readonly interceptor: Interceptor;
  /** The connection that a client uses; `undefined` when it has no usable transport. */
  readonly attach: (client: AiSdkClientLike) => Connection | undefined;
}

/** A call and whether its first request has been made. */
interface Owner {
  readonly outgoing: OutgoingRequest;
  requested: boolean;
  /** Of a tool call: told by its first request, since what the versions call it among the options differs. */
  readonly signal?: SignalOfTool;
}

class SignalOfTool implements CallersSignal {
  given: CallersSignal | undefined;

  get aborted(): boolean {
    return this.given?.aborted === true;
  }
}

const OWNER = Symbol('owner');

/** The tool call that is running up to its request, synchronously. */
const calling = new During<Owner>();

export function wrapCallTool(original: AnyFunction, context: AiSdkContext): AnyFunction {
  return function callTool(this: unknown, ...args: unknown[]) {
    const [input] = args;
    if (!isObject(input)) return original.apply(this, args);
    // `arguments` since 2.x.
    const params = { name: input['name'], arguments: input['arguments'] ?? input['args'] };
    const request = { method: 'tools/call', params };
    const signal = new SignalOfTool();
    const outgoing = begin(context, this, request, signal);
    if (outgoing === undefined) return original.apply(this, args);
    const attempt = (owner: OutgoingRequest) =>
      calling.apply({ outgoing: owner, requested: false, signal }, original, this, args);
    const beginLeg = () => begin(context, this, request, signal, outgoing);
    return admitted(outgoing, () => withRetries(outgoing, attempt, beginLeg));
  };
}

/** Every attempt is made in the name of the call that it belongs to. */
export function wrapCallToolWithRetry(original: AnyFunction): AnyFunction {
  return function callToolWithRetry(this: unknown, ...args: unknown[]) {
    const owner = calling.current;
    const [input] = args;
    if (owner === undefined || !isObject(input)) return original.apply(this, args);
    const execute = input['execute'] as () => unknown;
    return original.call(this, { ...input, execute: () => calling.apply(owner, execute, undefined, []) });
  };
}

export function wrapRequest(original: AnyFunction, context: AiSdkContext): AnyFunction {
  return function request(this: unknown, ...args: unknown[]) {
    const [input] = args;
    if (!isRequestInput(input)) return original.apply(this, args);
    const toolCall = input.request.method === 'tools/call' ? calling.current : undefined;
    if (toolCall !== undefined && !toolCall.requested) {
      if (toolCall.signal !== undefined) toolCall.signal.given = signalOf(input);
      return asOwner(toolCall, this as AiSdkClientLike, original, input);
    }
    const outgoing = begin(context, this, input.request, signalOf(input), toolCall?.outgoing);
    if (outgoing === undefined) return original.apply(this, args);
    const owner: Owner = { outgoing, requested: false };
    return admitted(outgoing, () => asOwner(owner, this as AiSdkClientLike, original, input));
  };
}

/** 2.x: sends one request. The first of a call is the call itself, further ones are its legs. */
export function wrapRequestOnce(original: AnyFunction, context: AiSdkContext): AnyFunction {
  return function requestOnce(this: unknown, ...args: unknown[]) {
    const [input] = args;
    const owner = isRequestInput(input) ? ownerOf(input) : undefined;
    if (owner === undefined) return original.apply(this, args);
    const unmarked = withoutOwner(input as RequestInput);
    if (!owner.requested) {
      owner.requested = true;
      return asSender(owner.outgoing, original, this, [unmarked]);
    }
    const leg = begin(context, this, unmarked.request, signalOf(unmarked), owner.outgoing);
    if (leg === undefined) return original.call(this, unmarked);
    return admitted(leg, () => asSender(leg, original, this, [unmarked]));
  };
}

/** Begins a call, or with `parent` another leg of one. */
function begin(
  { interceptor, attach }: AiSdkContext,
  client: unknown,
  message: WireMessage,
  signal: CallersSignal | undefined,
  parent?: OutgoingRequest,
): OutgoingRequest | undefined {
  return safely('sdk', () => {
    if (!interceptor.interested()) return undefined;
    const connection = attach(client as AiSdkClientLike);
    return connection && startRequest(interceptor, connection, message, signal, parent);
  });
}

function admitted(outgoing: OutgoingRequest, proceed: () => unknown): unknown {
  return outgoing.active.admit(() => settle(outgoing, () => outgoing.active.run(proceed)));
}

/** Makes the first request of a call: at once, or marked where `request` has `requestOnce` make it. */
function asOwner(owner: Owner, client: AiSdkClientLike, original: AnyFunction, input: RequestInput): unknown {
  // `ai` 4 and 5.0 know no time limits.
  const options = withTimeLimit(input.options, owner.outgoing.active.timeoutMs);
  const timedInput = options === input.options ? input : { ...input, options };
  if (typeof client.requestOnce === 'function') {
    return original.call(client, { ...timedInput, request: { ...input.request, [OWNER]: owner } });
  }
  owner.requested = true;
  return asSender(owner.outgoing, original, client, [timedInput]);
}

function ownerOf(input: RequestInput): Owner | undefined {
  return (input.request as { readonly [OWNER]?: Owner })[OWNER];
}

function withoutOwner(input: RequestInput): RequestInput {
  const { [OWNER]: _, ...request } = input.request as { [OWNER]?: Owner };
  return { ...input, request };
}

/** The client combines the caller's signal with its own time-outs and its own end. */
function signalOf(input: RequestInput): CallersSignal | undefined {
  const signal = callersSignal(input.options);
  if (signal === undefined) return undefined;
  return {
    get aborted() {
      return signal.aborted && !isGivenUpByClient(signal.reason);
    },
  };
}
