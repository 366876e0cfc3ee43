/** Span and log record processors that feed the export thread. */
import { TraceFlags } from './constants';
import type { BatchQueue } from './batch-queue';
import type { LogRecordLike, SpanLike } from './wire';

/** Satisfies the SDK's `SpanProcessor` in both lines. */
export class SpanQueueProcessor {
  readonly #queue: BatchQueue<SpanLike>;

  constructor(queue: BatchQueue<SpanLike>) {
    this.#queue = queue;
  }

  onStart(): void {
    // Only ended spans are of interest.
  }

  onEnd(span: SpanLike): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) this.#queue.add(span);
  }

  forceFlush(): Promise<void> {
    return this.#queue.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#queue.forceFlush();
  }
}

/** Satisfies the SDK's `LogRecordProcessor` in both lines. */
export class LogQueueProcessor {
  readonly #queue: BatchQueue<LogRecordLike>;

  constructor(queue: BatchQueue<LogRecordLike>) {
    this.#queue = queue;
  }

  onEmit(record: LogRecordLike): void {
    this.#queue.add(record);
  }

  forceFlush(): Promise<void> {
    return this.#queue.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#queue.forceFlush();
  }
}
