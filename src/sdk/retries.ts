/** Repeats a tool call that failed in transport, as often as a policy allows: each attempt after the first is a leg of the call. */
import { setTimeout as wait } from 'node:timers/promises';

import type { OutgoingRequest } from './outgoing-request';
import { settle } from './outgoing-request';

/** Milliseconds before the first repetition; twice as many before each further one. */
const FIRST_WAIT_MS = 100;

/**
 * @param attempt - makes the call in the name of `owner`
 * @param beginLeg - begins the request of a repetition; `undefined` when none can be begun
 */
export function withRetries(
  call: OutgoingRequest,
  attempt: (owner: OutgoingRequest) => unknown,
  beginLeg: () => OutgoingRequest | undefined,
): unknown {
  const { retries } = call.active;
  return retries === 0 ? attempt(call) : repeat(call, attempt, beginLeg, retries);
}

async function repeat(
  call: OutgoingRequest,
  attempt: (owner: OutgoingRequest) => unknown,
  beginLeg: () => OutgoingRequest | undefined,
  retries: number,
): Promise<unknown> {
  let owner = call;
  let pause = FIRST_WAIT_MS;
  for (let left = retries; ; left -= 1) {
    const current = owner;
    try {
      // Each attempt follows the failure of the one before it.
      // oxlint-disable-next-line no-await-in-loop
      return await (current === call ? attempt(call) : settle(current, () => attempt(current)));
    } catch (error) {
      if (left === 0 || !current.failedInTransport(error)) throw error;
      // oxlint-disable-next-line no-await-in-loop
      await wait(pause);
      pause *= 2;
      const leg = beginLeg();
      if (leg === undefined) throw error;
      owner = leg;
    }
  }
}
