/**
 * A bounded queue of ended spans or log records, sent in batches: the standard batch processor's limits and variables, with
 * the export thread in place of an exporter. One batch is under way at a time, so that what is held in memory is bounded.
 *
 * A batch that reached nobody goes back into the queue while the process runs: a Collector that is started again loses
 * nothing that the queue can hold. The standard processor drops it after the exporter's retries, some ten seconds.
 */
import { countInternalError } from '../../core/diagnostics';
import type { BatchLimits, PushExporter, Signal } from './configuration';
import type { Delivery } from './delivery';
import type { ExportThread } from './export-thread';
import { plainResource, type ResourceLike } from './wire';

/** Nothing listens there: nothing was received. After any other failure the batch may have arrived. */
const REACHED_NOBODY = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/;

interface Item {
  readonly resource: ResourceLike;
}

export interface BatchQueueOptions<T> {
  readonly signal: Signal;
  readonly exporters: readonly PushExporter[];
  readonly limits: BatchLimits;
  readonly thread: ExportThread;
  readonly delivery: Delivery;
  /** The item as plain data that can be cloned. */
  readonly plain: (item: T) => unknown;
}

export class BatchQueue<T extends Item> {
  readonly #options: BatchQueueOptions<T>;
  #items: T[] = [];
  /** Items under way. */
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** The last batch reached nobody. */
  #isAway = false;
  #waiting: (() => void)[] = [];

  constructor(options: BatchQueueOptions<T>) {
    this.#options = options;
  }

  add(item: T): void {
    const { limits, delivery, signal } = this.#options;
    if (this.#items.length + this.#sent >= limits.maxQueueSize) {
      delivery.lost(signal, 1, 'queue full');
      delivery.failed(signal, 'queue full');
      return;
    }
    this.#items.push(item);
    this.#schedule();
  }

  /** Sends everything at once; for the end of the process. */
  sendAll(): void {
    while (this.#items.length > 0) this.#sendBatch();
  }

  /** Resolves when everything added so far is answered. */
  async forceFlush(): Promise<void> {
    await this.#items[0]?.resource.waitForAsyncAttributes?.();
    this.sendAll();
    if (this.#sent > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #schedule(): void {
    const { limits } = this.#options;
    if (this.#sent > 0) return;
    if (this.#items.length >= limits.maxExportBatchSize && !this.#isAway) {
      // Not in the tick of the call whose span filled the batch.
      this.#immediate ??= setImmediate(() => this.#due()).unref();
      return;
    }
    this.#timer ??= setTimeout(() => this.#due(), limits.scheduleDelay).unref();
  }

  #due(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    const resource = this.#items[0]?.resource;
    if (resource === undefined || this.#sent > 0) return;
    if (resource.asyncAttributesPending !== true || resource.waitForAsyncAttributes === undefined) {
      this.#sendBatch();
      return;
    }
    const send = () => {
      if (this.#items.length > 0 && this.#sent === 0) this.#sendBatch();
    };
    resource.waitForAsyncAttributes().then(send, send);
  }

  #sendBatch(): void {
    const { signal, exporters, limits, thread, plain } = this.#options;
    const batch = this.#items.slice(0, limits.maxExportBatchSize);
    this.#items = this.#items.slice(batch.length);
    this.#sent += batch.length;
    try {
      thread.post(
        {
          signal,
          exporters,
          resource: plainResource(batch[0]!.resource),
          items: batch.map(plain),
          count: batch.length,
        },
        (error) => this.#answered(batch, error),
      );
    } catch (error) {
      countInternalError('telemetry.own-sdk', error);
      this.#answered(batch, 'internal error');
    }
  }

  #answered(batch: readonly T[], error: string | undefined): void {
    const { signal, delivery } = this.#options;
    this.#sent -= batch.length;
    this.#isAway = error !== undefined && this.#mayComeAgain(error);
    if (error === undefined) delivery.delivered(signal);
    else {
      if (this.#isAway) this.#items = [...batch, ...this.#items];
      else delivery.lost(signal, batch.length, error);
      delivery.failed(signal, error);
    }
    if (this.#sent > 0) return;
    if (this.#items.length > 0) this.#schedule();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** With several exporters another one may have taken the batch; at the end of the process there is no later. */
  #mayComeAgain(error: string): boolean {
    const { exporters, delivery } = this.#options;
    return exporters.length === 1 && !delivery.isEnding && REACHED_NOBODY.test(error);
  }
}
