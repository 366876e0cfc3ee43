/**
 * Who owns the message that is being sent. Every client sends synchronously inside the function that makes its request,
 * so a variable knows without asynchronous context.
 */
import type { OutgoingRequest } from './outgoing-request';
import type { AnyFunction } from './shapes';

let sending: OutgoingRequest | undefined;

/** Calls `original`, which sends the request of `outgoing` before it returns. */
export function asSender(
  outgoing: OutgoingRequest,
  original: AnyFunction,
  self: unknown,
  args: unknown[],
): unknown {
  const before = sending;
  sending = outgoing;
  try {
    return original.apply(self, args);
  } finally {
    sending = before;
  }
}

/** The owner of a message that is being sent right now, once. */
export function takeSender(method: string | undefined): OutgoingRequest | undefined {
  if (sending === undefined || sending.sent || sending.active.call.method !== method) return undefined;
  return sending;
}
