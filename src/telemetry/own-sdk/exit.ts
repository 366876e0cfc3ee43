/**
 * Runs the last flush on every way a process can end that leaves JavaScript a moment.
 *
 * `exit` covers the natural end, `process.exit()`, an uncaught error and an unhandled rejection. A signal without a listener
 * kills the process without any event, so SIGTERM, SIGINT and SIGHUP are listened to, but only while nobody else does: the
 * agent's own handlers, and libraries that act when they are the only listener, find the count they would find without us.
 */
import { isMainThread } from 'node:worker_threads';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

/** @param flush - synchronous, never throws */
export function flushAtExit(flush: () => void): void {
  process.on('exit', flush);
  // Signals reach the main thread only.
  if (isMainThread) new SignalFlush(flush).watch();
}

class SignalFlush {
  readonly #flush: () => void;
  readonly #handlers = new Map<Signal, () => void>();
  #ending = false;

  constructor(flush: () => void) {
    this.#flush = flush;
    for (const signal of SIGNALS) this.#handlers.set(signal, () => this.#end(signal));
  }

  watch(): void {
    for (const signal of SIGNALS) this.#listenIfAlone(signal);
    process.on('newListener', (event: string | symbol) => {
      const signal = asSignal(event);
      // Only after the other listener is in: Node stops watching a signal that has no listener at all.
      if (signal !== undefined) queueMicrotask(() => this.#leaveIfNotAlone(signal));
    });
    process.on('removeListener', (event: string | symbol) => {
      const signal = asSignal(event);
      if (signal !== undefined) this.#listenIfAlone(signal);
    });
  }

  #listenIfAlone(signal: Signal): void {
    if (this.#ending || process.listenerCount(signal) > 0) return;
    try {
      process.on(signal, this.#handlers.get(signal)!);
    } catch {
      // The platform does not know the signal.
    }
  }

  #leaveIfNotAlone(signal: Signal): void {
    const handler = this.#handlers.get(signal)!;
    if (process.listenerCount(signal) > 1) process.removeListener(signal, handler);
  }

  #end(signal: Signal): void {
    if (process.listenerCount(signal) > 1) return;
    this.#ending = true;
    this.#flush();
    for (const [name, handler] of this.#handlers) process.removeListener(name, handler);
    // Without a listener the signal does what it would have done, and the exit status says so.
    process.kill(process.pid, signal);
  }
}

function asSignal(event: string | symbol): Signal | undefined {
  return SIGNALS.find((signal) => signal === event);
}
