/**
 * What holds for the length of a synchronous call. Clients do much before their first `await`, so that a variable knows who
 * does what without asynchronous context.
 */
import type { AnyFunction } from './shapes';

export class During<T> {
  /** Of the innermost call that is running now. */
  current: T | undefined;

  /** Calls `original` with `value` as the current one. */
  apply(value: T, original: AnyFunction, self: unknown, args: unknown[]): unknown {
    const before = this.current;
    this.current = value;
    try {
      return original.apply(self, args);
    } finally {
      this.current = before;
    }
  }
}
