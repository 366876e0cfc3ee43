/**
 * The export thread: takes plain telemetry from the agent's thread, hands it to the standard exporters, answers with the
 * result. A collector that hangs holds up this thread only, and no exporter code runs on the agent's event loop.
 */
import { Console } from 'node:console';
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isMainThread, workerData, type MessagePort } from 'node:worker_threads';
import type { PushExporter, Signal } from './configuration';
import { useStderrDiag } from './diag';
import {
  exporterInput,
  type ExportJob,
  type Exporters,
  type ExportThreadData,
  type FromExportThread,
  type ToExportThread,
} from './wire';
import { ExporterSource, type Exporter } from './worker-exporters';

/** Longest time an export may take while the process ends. Below the exporters' first retry delay (0.8 to 1.2 s). */
const EXIT_EXPORT_MS = 780;

interface Running {
  readonly job: ExportJob;
  /** Exporters that have not answered. */
  readonly open: Set<PushExporter>;
  errors: string[];
}

class ExportThread {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #source: ExporterSource;
  readonly #exporters = new Map<string, Exporter>();
  readonly #running = new Map<number, Running>();
  #deadline: number | undefined;

  constructor(data: ExportThreadData) {
    this.#port = data.port;
    this.#answers = new Int32Array(data.answers);
    this.#source = new ExporterSource(data.sdkNodePath, process.env);
    this.#load(data.exporters);
    this.#port.on('message', (message: ToExportThread) => this.#receive(message));
  }

  #load(exporters: Exporters): void {
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      for (const name of exporters[signal]) {
        try {
          this.#source.load(signal, name);
        } catch {
          // The first export says so.
        }
      }
    }
  }

  answer(message: FromExportThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has no origin
    this.#port.postMessage(message);
    // The agent's thread may be waiting in its exit listener, where no event can reach it.
    Atomics.add(this.#answers, 0, 1);
    Atomics.notify(this.#answers, 0);
  }

  #receive(message: ToExportThread): void {
    if (message.type === 'exit') {
      // What is under way goes on as it is: sent anew, it would arrive twice at a collector that is slow.
      this.#deadline = message.deadline;
      return;
    }
    const { job } = message;
    const running: Running = { job, open: new Set(job.exporters), errors: [] };
    this.#running.set(message.id, running);
    this.#send(message.id, running);
  }

  #send(id: number, running: Running): void {
    const input = exporterInput(running.job);
    for (const name of running.open) {
      try {
        this.#exporter(running.job.signal, name).export(input, (result) => {
          this.#finished(id, name, result.code === 0 ? undefined : reasonOf(result.error));
        });
      } catch (error) {
        this.#finished(id, name, reasonOf(error));
      }
    }
  }

  #finished(id: number, name: PushExporter, error: string | undefined): void {
    const running = this.#running.get(id);
    if (running === undefined || !running.open.delete(name)) return;
    if (error !== undefined) running.errors.push(error);
    if (running.open.size > 0) return;
    this.#running.delete(id);
    this.answer({
      type: 'done',
      id,
      error: running.errors.length === 0 ? undefined : running.errors.join('; '),
    });
  }

  #exporter(signal: Signal, name: PushExporter): Exporter {
    const ending = this.#deadline !== undefined && name !== 'console';
    const key = `${signal} ${name} ${ending}`;
    const known = this.#exporters.get(key);
    if (known !== undefined) return known;
    const made = this.#source.create(signal, name, ending ? this.#exitTimeout() : undefined);
    this.#exporters.set(key, made);
    return made;
  }

  #exitTimeout(): number {
    const left = Math.max(1, (this.#deadline ?? 0) - Date.now());
    const configured = Number(process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] ?? Number.NaN);
    return Math.min(left, EXIT_EXPORT_MS, configured > 0 ? configured : EXIT_EXPORT_MS);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : 'no reason given';
  const parts = error instanceof AggregateError ? error.errors : [];
  const text = parts.length > 0 ? parts.map(reasonOf).join(', ') : error.message || error.name;
  return text.split('\n')[0]!.slice(0, 300);
}

/**
 * Whatever is printed here, console exporters and diagnostics included, goes to the process's stderr, and is written before
 * the thread goes on. The thread's own streams would need the agent's event loop, and would keep it alive.
 */
function printToStderr(): void {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done): void {
      try {
        writeSync(2, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      } catch {
        // A closed or full stderr: nowhere left to print.
      }
      done();
    },
  });
  globalThis.console = new Console(stream);
  for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, { value: stream });
}

function main(data: ExportThreadData): void {
  printToStderr();
  useStderrDiag(data.sdkNodePath, process.env);
  const thread = new ExportThread(data);
  process.on('uncaughtException', (error) => thread.answer({ type: 'broken', error: reasonOf(error) }));
}

if (!isMainThread) main(workerData as ExportThreadData);
