/** Keeps the order of one client's requests while the decision about one of them is waited for. */
import type { Session } from '../core/call';

const last = new WeakMap<Session, Promise<unknown>>();

/** @returns `value` itself unless it, or that of an earlier request of the same session, is yet to come */
export function inTurn<T>(session: Session, value: T | Promise<T>): T | Promise<T> {
  const before = last.get(session);
  if (before === undefined && !(value instanceof Promise)) return value;
  const turn = Promise.all([value, before]).then(([own]) => own);
  last.set(session, turn);
  const over = (): void => {
    if (last.get(session) === turn) last.delete(session);
  };
  turn.then(over, over);
  return turn;
}
