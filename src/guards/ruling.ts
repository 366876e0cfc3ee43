/** What the engine is made of and what it says. */
import type { Decision } from '../core/call';
import type { GuardName, Mode } from '../policy/schema';
import type { Denial } from './errors';
import type { Limit } from './limit';
import type { SharedStore } from './shared-limits';
import type { PureGuard, StatefulGuard, ToolDefinition } from './guard';

/** What the engine is made of. */
export interface EngineParts {
  readonly pure: readonly PureGuard[];
  readonly stateful: readonly StatefulGuard[];
  /** The limits among them, where they are counted outside of this process and in it only while that fails. */
  readonly shared?: SharedLimits | undefined;
  /** Mode of guards and rules that have none of their own. */
  readonly mode: Mode;
  /** What happens to a call when this guard fails itself. */
  readonly onError: (guard: GuardName) => 'open' | 'closed';
}

export interface SharedLimits {
  readonly limits: readonly Limit[];
  readonly store: SharedStore;
}

/** What was decided about a call. */
export interface Ruling {
  readonly decisions: readonly Decision[];
  /** Why the call may not be made. */
  readonly denial: Denial | undefined;
  /** Fields that go out in place of the call's own. */
  readonly stripped: Fields | undefined;
  /** Tells limits and breakers how an admitted call ended; `errorType` is absent on success. */
  settled(errorType: string | undefined): void;
  /** The call was admitted and not sent all the same. */
  refund(): void;
  /** Asks, once the call is sent, the limits that observe and are counted outside of this process. Never rejects. */
  later?(): Promise<readonly Decision[]>;
}

/** What was decided about a result. */
export interface ResultRuling {
  readonly decisions: readonly Decision[];
  readonly denial: Denial | undefined;
  /** What the caller gets when it is not denied. */
  readonly value: unknown;
}

/** What was decided about the definitions of a list. */
export interface ListRuling {
  readonly decisions: readonly Decision[];
  /** What the caller gets: the same list when nothing is taken out of it. */
  readonly tools: readonly ToolDefinition[];
}

/** Some of a call's parameters. */
export type Fields = Readonly<Record<string, unknown>>;
