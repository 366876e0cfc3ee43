/** The way of one question to Redis. */
import type { ScriptName } from './redis-connection';

export interface RedisLink {
  readonly isReady: boolean;
  /** A question has not been answered in time, and not since then. */
  readonly isLate: boolean;
  /** Settles when the attempt that is under way is over, whatever came of it; absent for one that began `ms` ago. */
  opening(ms: number): Promise<void> | undefined;
  /** Rejects when there is no connection, or it ends before the answer. */
  run(script: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** The question has not been answered in time: no other is asked before it is, or the connection is given up. */
  becameLate(): void;
  /** It has been answered after all, or never will be. */
  wasAnswered(): void;
}

/** One Redis, or a cluster. */
export interface RedisServers {
  /** Connects, unless it has been asked to before. */
  open(): void;
  close(): void;
  /** @param tag - what decides, in the names of keys, which node of a cluster has them */
  linkTo(tag: string): RedisLink;
}
