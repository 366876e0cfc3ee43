/** Who owns the message that is being sent: every client sends synchronously inside the function that makes its request. */
import { During } from './during';
import type { OutgoingRequest } from './outgoing-request';
import type { AnyFunction } from './shapes';

const sending = new During<OutgoingRequest>();

/** Calls `original`, which sends the request of `outgoing` before it returns. */
export function asSender(
  outgoing: OutgoingRequest,
  original: AnyFunction,
  self: unknown,
  args: unknown[],
): unknown {
  return sending.apply(outgoing, original, self, args);
}

/** The owner of a message that is being sent right now, once. */
export function takeSender(method: string | undefined): OutgoingRequest | undefined {
  const { current } = sending;
  return current === undefined || current.sent || current.active.call.method !== method ? undefined : current;
}
