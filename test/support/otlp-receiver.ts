/**
 * A real OTLP receiver on loopback for tests: OTLP/HTTP with JSON and protobuf bodies (gzip too) on one port,
 * OTLP/gRPC on another. What arrives is kept as flat records.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Server as GrpcServer, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import {
  flattenLogs,
  flattenMetrics,
  flattenSpans,
  type ReceivedLog,
  type ReceivedPoint,
  type ReceivedSpan,
} from './otlp-flatten';
import { decodeProtobuf, type Signal } from './otlp-proto';

export type { ReceivedLog, ReceivedPoint, ReceivedSpan } from './otlp-flatten';

/** `hanging` accepts a request and never answers; `closed` listens on nothing (the port refuses). */
export type ReceiverMode = 'live' | 'hanging' | 'closed';
export type OtlpProtocol = 'http/json' | 'http/protobuf' | 'grpc';

const PATHS: Record<string, Signal> = {
  '/v1/traces': 'traces',
  '/v1/metrics': 'metrics',
  '/v1/logs': 'logs',
};
const SERVICES: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

/** gRPC hands over the message as it came; decoding is ours. */
const bytes = (value: Buffer): Buffer => value;

function seriesKey({ resource, scope, attributes }: ReceivedPoint): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => a.localeCompare(b));
  return JSON.stringify([resource, scope, sorted]);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function parseBody(signal: Signal, contentType: string | undefined, body: Buffer): unknown {
  return contentType?.includes('json') ? JSON.parse(body.toString('utf8')) : decodeProtobuf(signal, body);
}

/** See the file's head. Made by {@link startOtlpReceiver}. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Every point of every export, oldest first; cumulative ones repeat. {@link metric} gives the newest. */
  readonly points: ReceivedPoint[] = [];
  readonly logs: ReceivedLog[] = [];
  /** One entry per export request that reached us, answered or not. */
  readonly requests: { signal: Signal; protocol: OtlpProtocol; headers: Record<string, unknown> }[] = [];
  /** Requests that could not be decoded: a test that expects well-formed exports asserts that it is empty. */
  readonly failures: Error[] = [];
  mode: ReceiverMode;
  httpPort = 0;
  grpcPort = 0;
  readonly #http: Server;
  readonly #grpc: GrpcServer;
  readonly #waiting = new Set<() => void>();

  constructor(mode: ReceiverMode) {
    this.mode = mode;
    this.#http = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => this.#failed(error, response));
    });
    this.#grpc = new GrpcServer();
    this.#grpc.addService(this.#grpcService(), this.#grpcHandlers());
  }

  /** OTLP/HTTP base URL, without a path. */
  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  /** What to put in a child's environment so that its standard `OTEL_*` configuration ends here. */
  env(protocol: OtlpProtocol = 'http/json'): Record<string, string> {
    const endpoint = protocol === 'grpc' ? `http://127.0.0.1:${this.grpcPort}` : this.url;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'none',
    };
  }

  /** Newest points of one metric, one per resource and attribute set. */
  metric(name: string): ReceivedPoint[] {
    const newest = new Map<string, ReceivedPoint>();
    for (const point of this.points) {
      if (point.name !== name) continue;
      newest.set(seriesKey(point), point);
    }
    return [...newest.values()];
  }

  /** Spans of this name, in order of arrival. */
  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /**
   * Resolves as soon as `predicate` holds, checking after each export request.
   *
   * @throws after `ms` milliseconds, naming what did arrive
   */
  async waitFor(predicate: (receiver: this) => boolean, ms = 5000): Promise<void> {
    if (predicate(this)) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const check = (): void => {
        if (!predicate(this)) return;
        finish();
        resolve();
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`not received within ${ms} ms; ${this.summary()}`));
      }, ms);
      this.#waiting.add(check);
    });
  }

  /** One line on what arrived, for messages of failing tests. */
  summary(): string {
    const spans = this.spans.map((span) => span.name).join(', ');
    const metrics = [...new Set(this.points.map((point) => point.name))].join(', ');
    return `spans: [${spans}]; metrics: [${metrics}]; logs: ${this.logs.length}; requests: ${this.requests.length}`;
  }

  clear(): void {
    this.spans.length = this.points.length = this.logs.length = this.requests.length = 0;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    this.httpPort = (this.#http.address() as AddressInfo).port;
    this.grpcPort = await new Promise<number>((resolve, reject) => {
      this.#grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    // The ports are known to be free now and refuse from here on.
    if (this.mode === 'closed') await this.close();
  }

  async close(): Promise<void> {
    this.#grpc.forceShutdown();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signal = PATHS[request.url ?? ''];
    if (signal === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = request.headers['content-type'];
    const body = await bodyOf(request);
    this.requests.push({
      signal,
      protocol: type?.includes('json') ? 'http/json' : 'http/protobuf',
      headers: { ...request.headers },
    });
    if (this.mode === 'hanging') return;
    this.#accept(signal, parseBody(signal, type, body));
    response.writeHead(200, { 'content-type': type ?? 'application/json' });
    response.end(type?.includes('json') ? '{}' : undefined);
  }

  #failed(error: unknown, response: ServerResponse): void {
    this.failures.push(error instanceof Error ? error : new Error(String(error)));
    if (!response.headersSent) response.writeHead(400);
    response.end();
  }

  #accept(signal: Signal, request: unknown): void {
    if (signal === 'traces') this.spans.push(...flattenSpans(request));
    else if (signal === 'metrics') this.points.push(...flattenMetrics(request));
    else this.logs.push(...flattenLogs(request));
    for (const check of this.#waiting) check();
  }

  #grpcService(): ServiceDefinition {
    return Object.fromEntries(
      Object.entries(SERVICES).map(([signal, path]) => [
        signal,
        {
          path,
          requestStream: false,
          responseStream: false,
          requestSerialize: bytes,
          requestDeserialize: bytes,
          responseSerialize: bytes,
          responseDeserialize: bytes,
        },
      ]),
    );
  }

  #grpcHandlers(): GrpcHandlers {
    const handlers: GrpcHandlers = {};
    for (const signal of Object.keys(SERVICES) as Signal[]) {
      handlers[signal] = (call, respond) => {
        this.requests.push({ signal, protocol: 'grpc', headers: call.metadata.getMap() });
        if (this.mode === 'hanging') return;
        try {
          this.#accept(signal, decodeProtobuf(signal, call.request));
          respond(null, Buffer.alloc(0));
        } catch (error) {
          this.failures.push(error as Error);
          respond(error as Error);
        }
      };
    }
    return handlers;
  }
}

type GrpcHandlers = Record<
  string,
  (
    call: { request: Buffer; metadata: { getMap(): Record<string, unknown> } },
    respond: (error: Error | null, response?: Buffer) => void,
  ) => void
>;

/** Starts a receiver on two free loopback ports. Close it in `after`. */
export async function startOtlpReceiver(mode: ReceiverMode = 'live'): Promise<OtlpReceiver> {
  const receiver = new OtlpReceiver(mode);
  await receiver.listen();
  return receiver;
}
