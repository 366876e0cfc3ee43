/**
 * Wire layer: `send` on the transport instance. It learns the JSON-RPC id of a request, puts trace context into
 * `params._meta`, begins what never passes the funnel (notifications, the v2 probe, `subscriptions/listen`) and ends
 * inbound requests when their answer leaves.
 *
 * `send` is assigned on the instance and the transport keeps its prototype, which v2 looks at.
 */
import { countInternalError } from '../core/diagnostics';
import { safely } from '../core/safe';
import { connectionOf } from './connection';
import type { Connection } from './connection';
import { During } from './during';
import type { ActiveCall, CallStart, Ending, Interceptor } from './interceptor';
import { failureType } from './errors';
import { OutgoingRequest } from './outgoing-request';
import { takeSender } from './sender';
import type { Watcher } from './settlement';
import { watch } from './settlement';
import type { AnyFunction, TransportLike, WireMessage } from './shapes';
import { isObject, text } from './shapes';
import { protocolVersionOf, targetOf } from './target';
import { hasWrapper, wrap } from './wrapping';

const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
const OBSERVED = Symbol('observed');

/**
 * Methods that may come without `params`. To any other the peer answers that they are missing, and must go on doing so
 * in the same words.
 */
const PARAMS_OPTIONAL = /^(?:ping|server\/discover|notifications\/.+|.+\/list)$/;

/** What is to be done about one message that is being sent. */
interface Passage {
  readonly message: WireMessage;
  /** Runs the send with this call as parent. */
  readonly within?: ActiveCall;
  /** Told when the transport has taken the message, or has not. */
  readonly fate?: Watcher;
}

/**
 * The message that a wrapper of ours is passing on right now. Whoever put a `send` of their own over ours got wrapped in
 * turn, so a message can pass two of our wrappers: it is one message.
 */
const passing = new During<unknown>();

/** Does nothing where it is done: called again for connections that were open when we were switched off and on. */
export function wrapTransportSend(transport: TransportLike, interceptor: Interceptor): void {
  if (hasWrapper(transport, 'send')) return;
  const isInherited = !Object.hasOwn(transport, 'send');
  wrap(transport, 'send', (own) => {
    return function send(this: unknown) {
      // What the prototype has now: a spy or another instrumentation may have come after us.
      const original = isInherited ? (Object.getPrototypeOf(transport) as { send: AnyFunction }).send : own;
      const args = arguments as unknown as unknown[];
      let passage: Passage | undefined;
      try {
        const connection = connectionOf(transport);
        if (connection !== undefined) passage = passageOf(args[0], connection, interceptor);
      } catch (error) {
        countInternalError('sdk', error);
      }
      if (passage === undefined) return original.apply(this, args);
      const changed =
        passage.message === args[0] ? args : [passage.message, ...Array.prototype.slice.call(args, 1)];
      const { fate, within } = passage;
      if (fate === undefined) return passing.apply(changed[0], original, this, changed);
      const proceed = () => passing.apply(changed[0], original, this, changed);
      return watch(within === undefined ? proceed : () => within.run(proceed), fate);
    };
  });
}

function passageOf(message: unknown, connection: Connection, interceptor: Interceptor): Passage | undefined {
  if (message === passing.current) return undefined;
  if (!isObject(message) || Array.isArray(message)) return undefined;
  const wire = message as WireMessage;
  const { id } = wire;
  const hasId = id !== undefined && id !== null;
  if (typeof wire.method !== 'string') return hasId ? answerPassage(wire, connection) : undefined;
  if (!hasId) return notificationPassage(wire, connection, interceptor);
  return requestPassage(wire, id, connection, interceptor);
}

function requestPassage(
  message: WireMessage,
  id: string | number,
  connection: Connection,
  interceptor: Interceptor,
): Passage | undefined {
  const sender = takeSender(message.method);
  // A copy of a message that is on its way, or one that passes later: see `passing`.
  if (sender === undefined && connection.waiting.has(id)) return undefined;
  const request = sender ?? detachedRequest(message, connection, interceptor);
  if (request === undefined) return undefined;
  request.sentAs(id, connection.waiting);
  const passage = { message: withParams(message, request.active) };
  if (sender !== undefined) return passage;
  return { ...passage, fate: { fulfilled: () => {}, rejected: (error) => request.unsent(error) } };
}

/** A request that did not come through the funnel: the wire is all that will tell how it ends. */
function detachedRequest(
  message: WireMessage,
  connection: Connection,
  interceptor: Interceptor,
): OutgoingRequest | undefined {
  const active = interceptor.interested()
    ? interceptor.begin(startOf(message, 'request', connection))
    : undefined;
  if (active === undefined) return undefined;
  observeAnswers(connection);
  return new OutgoingRequest(active, undefined, undefined, true);
}

function notificationPassage(
  message: WireMessage,
  connection: Connection,
  interceptor: Interceptor,
): Passage | undefined {
  if (!interceptor.interested()) return undefined;
  const begin = () => interceptor.begin(startOf(message, 'notification', connection));
  const active = asChildOf(cancelledRequest(message, connection), begin);
  if (active === undefined) return undefined;
  const fate = fateOf(active, () => ({ type: 'result', value: undefined }));
  return { message: withParams(message, active), within: active, fate };
}

function asChildOf<T>(request: OutgoingRequest | undefined, work: () => T): T {
  return request === undefined ? work() : request.active.run(work);
}

/** The request that the notification calls off: its parent, whoever called it off. */
function cancelledRequest(message: WireMessage, connection: Connection): OutgoingRequest | undefined {
  if (message.method !== 'notifications/cancelled') return undefined;
  return connection.waiting.get(message.params?.['requestId'] as string | number);
}

/** The answer to an inbound request: its message is passed on as it is. */
function answerPassage(message: WireMessage, connection: Connection): Passage | undefined {
  const id = message.id as string | number;
  const call = connection.answering.get(id);
  if (call === undefined) return undefined;
  connection.answering.delete(id);
  if (call.call.method === 'initialize') connection.handshook(message.result);
  return { message, fate: fateOf(call, () => endingOfAnswer(message)) };
}

/** The call ends when its message has been taken, or fails with it. */
function fateOf(call: ActiveCall, ending: () => Ending): Watcher {
  return {
    fulfilled: () => call.end(ending()),
    rejected: (thrown) => {
      const errorType = failureType(thrown, { sent: true, answered: false, aborted: false });
      call.end({ type: 'failure', errorType, thrown });
    },
  };
}

function endingOfAnswer({ error, result }: WireMessage): Ending {
  if (!isObject(error)) return { type: 'result', value: result };
  return { type: 'rpc_error', code: Number(error.code), message: text(error.message) ?? '' };
}

function startOf(message: WireMessage, kind: CallStart['kind'], session: Connection): CallStart {
  const { params } = message;
  const method = message.method as string;
  const protocolVersion = protocolVersionOf(params);
  return {
    direction: 'outgoing',
    kind,
    method,
    target: targetOf(method, params),
    params,
    protocolVersion,
    session,
  };
}

/** A copy of the message with trace context, or the message itself when there is none. */
function withParams(message: WireMessage, active: ActiveCall): WireMessage {
  if (message.params === undefined && !PARAMS_OPTIONAL.test(message.method ?? '')) return message;
  const params = active.inject(message.params);
  return params === message.params || params === undefined ? message : { ...message, params };
}

/**
 * Watches what comes in on the transport for answers to detached requests. The handler that is set right now is the
 * one that will get the answer: the probe's own window, or the protocol's.
 */
function observeAnswers(connection: Connection): void {
  const transport = connection.wire;
  const handler = transport.onmessage as (AnyFunction & { [OBSERVED]?: true }) | undefined;
  if (typeof handler !== 'function' || handler[OBSERVED] === true) return;
  const observed: AnyFunction & { [OBSERVED]?: true } = function onmessage(
    this: unknown,
    ...args: unknown[]
  ) {
    safely('sdk', () => noteAnswer(args[0], connection));
    return handler.apply(this, args);
  };
  observed[OBSERVED] = true;
  transport.onmessage = observed;
}

/** An answer ends its request; `subscriptions/listen` is over, for the convention, once it is acknowledged. */
function noteAnswer(message: unknown, connection: Connection): void {
  if (!isObject(message)) return;
  const wire = message as WireMessage;
  if (typeof wire.method !== 'string') {
    receiveAnswer(wire, connection);
  } else if (wire.method === 'notifications/subscriptions/acknowledged') {
    const meta = wire.params?.['_meta'];
    const id = isObject(meta) ? meta[SUBSCRIPTION_ID] : undefined;
    if (typeof id === 'string') receiveAnswer({ id, result: {} }, connection);
  }
}

/** Hands an answer to the request that waits for it. */
export function receiveAnswer(message: WireMessage, connection: Connection): void {
  const { id } = message;
  if (id === undefined || id === null) return;
  // A peer may answer with the id as text, which every client takes for the number.
  const request = connection.waiting.get(id) ?? connection.waiting.get(Number(id));
  if (request === undefined) return;
  if (request.active.call.method === 'initialize') connection.handshook(message.result);
  request.answered(message);
}
