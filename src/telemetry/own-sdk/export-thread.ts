/** The agent's side of the export thread: starts it when it is first needed, and knows what it has not answered yet. */
import { join } from 'node:path';
import { receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { warnOnce } from '../../core/diagnostics';
import type { Environment } from './configuration';
import type { ExportJob, Exporters, ExportThreadData, FromExportThread, ToExportThread } from './wire';

/** Standard variables that exporters, the HTTP agent, TLS and gRPC read. Not NODE_OPTIONS: it holds the preload. */
const PASSED_ON =
  /^(OTEL_.*|GRPC_.*|https?_proxy|no_proxy|all_proxy|no_grpc_proxy|grpc_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|NODE_TLS_REJECT_UNAUTHORIZED|SSL_CERT_FILE|SSL_CERT_DIR)$/i;

/** Megabytes. The thread holds one batch per signal; a small young generation halves what it adds to the process. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };
const RESTARTS = 3;

/** @param error - why the job was not delivered, `undefined` when it was */
export type JobDone = (error: string | undefined) => void;

export class ExportThread {
  readonly #sdkNodePath: string;
  readonly #exporters: Exporters;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #answers = new SharedArrayBuffer(4);
  readonly #pending = new Map<number, JobDone>();
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #starts = 0;
  #nextId = 0;
  #unavailable: string | undefined;
  #exitDeadline: number | undefined;
  #warming: NodeJS.Immediate | undefined;

  /** @param environment - as it was when the SDK started: what the agent changes later has no effect on exporters */
  constructor(sdkNodePath: string, exporters: Exporters, environment: Environment) {
    this.#sdkNodePath = sdkNodePath;
    this.#exporters = exporters;
    this.#environment = Object.fromEntries(
      Object.entries(environment).filter(([name]) => PASSED_ON.test(name)),
    );
  }

  /** Number of jobs that are not answered. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Starts the thread, soon: what it loads is then there when the first batch, or the end of the process, comes. */
  warm(): void {
    if (this.#port !== undefined || this.#warming !== undefined) return;
    this.#warming = setImmediate(() => void this.#started()).unref();
  }

  /** Sends a job to the thread. `done` is called once, later, also when the thread cannot be started. */
  post(job: ExportJob, done: JobDone): void {
    const port = this.#started();
    if (port === undefined) {
      done(this.#unavailable ?? 'the export thread is not available');
      return;
    }
    const id = this.#nextId++;
    try {
      port.postMessage({ type: 'export', id, job } satisfies ToExportThread);
      this.#pending.set(id, done);
    } catch (error) {
      done(error instanceof Error ? error.message : String(error)); // A value that cannot be cloned.
    }
  }

  /** From now on everything is sent without retries. Does not start the thread by itself. */
  beginExit(deadline: number): void {
    this.#exitDeadline = deadline;
    this.#port?.postMessage({ type: 'exit', deadline } satisfies ToExportThread);
  }

  /** Blocks until every job is answered or the deadline (Unix ms) is over; then the remaining ones have failed. */
  waitSync(deadline: number): void {
    const answers = new Int32Array(this.#answers);
    while (this.#pending.size > 0) {
      const seen = Atomics.load(answers, 0);
      this.#drain();
      if (this.#pending.size === 0) return;
      const left = deadline - Date.now();
      if (left <= 0) break;
      Atomics.wait(answers, 0, seen, left);
    }
    this.#failPending('no answer in time');
  }

  #started(): MessagePort | undefined {
    if (this.#port !== undefined) return this.#port;
    if (this.#unavailable !== undefined) return undefined;
    try {
      this.#port = this.#start();
      return this.#port;
    } catch (error) {
      this.#giveUp(error);
      return undefined;
    }
  }

  #start(): MessagePort {
    this.#starts++;
    const { port1, port2 } = new MessageChannel();
    const data: ExportThreadData = {
      sdkNodePath: this.#sdkNodePath,
      exporters: this.#exporters,
      answers: this.#answers,
      port: port2,
    };
    const worker = new Worker(join(__dirname, 'export-worker.js'), {
      workerData: data,
      transferList: [port2],
      execArgv: [], // Neither the preload nor the agent's other flags.
      env: this.#environment,
      stdout: true, // Never the process's stdout.
      stderr: true,
      resourceLimits: HEAP,
      name: 'opentelemetry-instrumentation-mcp',
    });
    port1.on('message', (message: FromExportThread) => this.#answered(message));
    worker.on('error', (error) => this.#ended(worker, error.message));
    worker.on('exit', () => this.#ended(worker, 'the export thread ended'));
    // Data in these streams would hold a reference to the event loop until someone reads it.
    worker.stdout.destroy();
    worker.stderr.destroy();
    worker.unref();
    port1.unref();
    this.#worker = worker;
    if (this.#exitDeadline !== undefined) {
      port1.postMessage({ type: 'exit', deadline: this.#exitDeadline } satisfies ToExportThread);
    }
    return port1;
  }

  #giveUp(error: unknown): void {
    const code = (error as { code?: unknown } | undefined)?.code;
    this.#unavailable = 'the export thread could not be started';
    if (code === 'ERR_ACCESS_DENIED') {
      this.#unavailable = 'worker threads are not allowed';
      warnOnce(
        'export-thread',
        'telemetry is not exported: the permission model forbids threads; add --allow-worker',
      );
      return;
    }
    const why = error instanceof Error ? error.message : String(error);
    warnOnce('export-thread', `telemetry is not exported: the export thread could not be started (${why})`);
  }

  #ended(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#port?.close();
    this.#port = undefined;
    if (this.#starts > RESTARTS) this.#giveUp(new Error(reason));
    this.#failPending(reason);
  }

  #drain(): void {
    if (this.#port === undefined) return;
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#answered(received.message as FromExportThread);
    }
  }

  #answered(message: FromExportThread): void {
    if (message.type === 'broken') {
      this.#failPending(message.error);
      return;
    }
    const done = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    done?.(message.error);
  }

  #failPending(reason: string): void {
    const failed = [...this.#pending.values()];
    this.#pending.clear();
    for (const done of failed) done(reason);
  }
}
