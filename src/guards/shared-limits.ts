/** Limits that are counted outside of this process: all that concern a call are asked at once, and the answer comes later. */
import type { DecisionMode } from '../core/call';
import type { Charges, Limit, Taken } from './limit';

/** What happens to a call while the store is slow or gone: counted in this process, admitted, or denied. */
export type OnStoreError = 'local' | 'open' | 'closed';

/** What a limit wants of a call. */
export interface Asked {
  readonly limit: Limit;
  /** A limit that observes is not asked once another one would deny, as when limits are counted in this process. */
  readonly mode: DecisionMode;
  readonly charges: Charges;
}

/** What the store says to one limit: of its first charge, or of the one that was not admitted. */
export interface Answer extends Taken {
  readonly charge: number;
}

/** Points that are set aside, or about to be. */
export interface Taking {
  /**
   * One answer per limit, `undefined` for one that was not asked any more. The store keeps what the engine would: nothing
   * of a denied call, and of one that is only denied by limits that observe what the others took. Never rejects;
   * `undefined`: no answer in time.
   */
  readonly answers: Promise<readonly (Answer | undefined)[] | undefined>;
  /** Gives back what a limit took, also when the store has yet to take it. */
  refund(asked: Asked): void;
}

export interface SharedStore {
  readonly onError: OnStoreError;
  /** Limits will be asked soon. */
  prepare(): void;
  /**
   * @param now - milliseconds since 1970
   * @param isAwaited - a call waits for the answer: the process has to go on until it is there
   */
  take(asked: readonly Asked[], now: number, isAwaited: boolean): Taking;
}
