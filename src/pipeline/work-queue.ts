/**
 * Work that may wait until the agent has what it asked for: done in turns of the event loop of its own, a few milliseconds at
 * a time, in order. It keeps no process alive; what is left when the process ends is done then, or counted.
 */
import { performance } from 'node:perf_hooks';

const MAX_WAITING = 10_000;
/** Characters that may be held for what waits: results can be large, and the agent may have let go of them. */
const MAX_HELD = 8 * 2 ** 20;
/** Longest time in one turn of the event loop, in milliseconds. */
const SLICE_MS = 5;
/** After a slice that was too short the agent has the event loop for so many times as long: a fifth of the time is ours at most. */
const PAUSE_FACTOR = 4;
/** Longest time at the end of the process, in milliseconds. */
const LAST_MS = 100;

interface Piece {
  readonly work: () => void;
  readonly characters: number;
}

export class WorkQueue {
  private waiting: Piece[] = [];
  private next = 0;
  private held = 0;
  private isScheduled = false;

  /** @param dropped - told how many pieces of work were not done */
  constructor(private readonly dropped: (count: number) => void) {}

  /**
   * @param work - what it throws is its own affair: it must not throw
   * @param characters - about as many it holds of what is the agent's. Default: 0
   */
  add(work: () => void, characters = 0): void {
    if (this.isFullFor(characters)) return this.dropped(1);
    this.waiting.push({ work, characters });
    this.held += characters;
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(this.slice).unref();
  }

  /** The process ends: does what is left, for a tenth of a second at most. */
  finish(): void {
    if (this.workFor(LAST_MS)) return;
    this.dropped(this.waiting.length - this.next);
    this.clear();
  }

  private readonly slice = (): void => {
    const startedAt = performance.now();
    if (this.workFor(SLICE_MS)) this.isScheduled = false;
    else setTimeout(this.slice, PAUSE_FACTOR * (performance.now() - startedAt)).unref();
  };

  /** @returns whether nothing is left */
  private workFor(ms: number): boolean {
    const until = performance.now() + ms;
    while (this.next < this.waiting.length) {
      if (performance.now() >= until) {
        this.forget();
        return false;
      }
      const { work, characters } = this.waiting[this.next]!;
      this.held -= characters;
      // Before it is done: it may end the process, and what is left is done in the midst of it.
      this.next += 1;
      work();
    }
    this.clear();
    return true;
  }

  /** What was done holds a call and its result: under a load that never ends, too, no more are kept than wait. */
  private forget(): void {
    this.waiting.splice(0, this.next);
    this.next = 0;
  }

  /** One that is alone may be as large as it is. */
  private isFullFor(characters: number): boolean {
    if (this.waiting.length - this.next >= MAX_WAITING) return true;
    return characters > 0 && this.held > 0 && this.held + characters > MAX_HELD;
  }

  private clear(): void {
    this.waiting = [];
    this.next = 0;
    this.held = 0;
  }
}
