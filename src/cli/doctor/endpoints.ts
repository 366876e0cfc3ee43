/** Whether what telemetry is sent to answers: an empty export over HTTP, a connection for gRPC. */
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, createServer } from 'node:net';

import { parseUrl } from '../../core/parse-url';
import { valueOf, type Environment, type Signal } from '../../telemetry/own-sdk/configuration';
import type { Destination, EnvironmentReport } from '../commands/env-report';

export interface EndpointState {
  readonly signals: readonly Signal[];
  readonly destination: Destination;
  /** Absent when nobody answered, or the answer was not HTTP, and for gRPC. */
  readonly status?: number;
  /** Absent when it was reached. */
  readonly error?: string;
}

const TIMEOUT_MS = 3_000;
const SIGNALS = ['traces', 'metrics', 'logs'] as const satisfies readonly Signal[];

/** Asks every address once. */
export async function askDestinations(
  report: EnvironmentReport,
  environment: Environment,
): Promise<readonly EndpointState[]> {
  const asked = new Map<string, { signals: Signal[]; destination: Destination }>();
  for (const signal of SIGNALS) {
    for (const destination of report[signal]) {
      if (destination.exporter !== 'otlp' && destination.exporter !== 'zipkin') continue;
      const key = `${destination.protocol ?? 'zipkin'} ${destination.to}`;
      const known = asked.get(key);
      if (known === undefined) asked.set(key, { signals: [signal], destination });
      else known.signals.push(signal);
    }
  }
  return Promise.all(
    Array.from(asked.values(), async ({ signals, destination }) => ({
      signals,
      destination,
      ...(await ask(signals[0]!, destination, environment)),
    })),
  );
}

/** What an SDK of the agent's own sends to, without its credentials. */
export function askUrls(
  urls: Readonly<Record<'traces' | 'metrics', readonly string[]>>,
): Promise<EndpointState[]> {
  const all = (['traces', 'metrics'] as const).flatMap((signal) =>
    urls[signal].map((to) => ({ signal, to })),
  );
  return Promise.all(
    all.map(async ({ signal, to }) => ({
      signals: [signal],
      destination: { exporter: 'otlp' as const, protocol: 'http', to },
      ...(await post(new URL(to), '', { 'content-type': 'application/x-protobuf' }, {})),
    })),
  );
}

type Answer = Pick<EndpointState, 'status' | 'error'>;

async function ask(signal: Signal, destination: Destination, environment: Environment): Promise<Answer> {
  if (destination.protocol === 'grpc') return reach(grpcAddress(destination.to));
  const url = parseUrl(fullUrl(signal, destination, environment));
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return { error: 'it is no URL with http: or https:' };
  const isJson = destination.exporter === 'zipkin' || destination.protocol === 'http/json';
  const body = destination.exporter === 'zipkin' ? '[]' : isJson ? '{}' : '';
  return post(
    url,
    body,
    {
      'content-type': isJson ? 'application/json' : 'application/x-protobuf',
      ...(destination.exporter === 'otlp' ? headersOf(signal, environment) : {}),
    },
    tlsOf(signal, environment),
  );
}

/** With user name and query, as the exporter has it: not to be shown. */
function fullUrl(signal: Signal, { exporter, to }: Destination, environment: Environment): string {
  if (exporter === 'zipkin') return valueOf(environment, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT') ?? to;
  const own = valueOf(environment, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
  if (own !== undefined) return own;
  const all = valueOf(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const url = parseUrl(all ?? '');
  if (url === undefined) return to;
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  return url.href;
}

function settingOf(signal: Signal, name: string, environment: Environment): string | undefined {
  return (
    valueOf(environment, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`) ??
    valueOf(environment, `OTEL_EXPORTER_OTLP_${name}`)
  );
}

/** `name=value,name=value`, percent-encoded; a signal's own come on top. */
function headersOf(signal: Signal, environment: Environment): Record<string, string> {
  const lists = ['OTEL_EXPORTER_OTLP_HEADERS', `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`];
  const pairs = lists.flatMap((name) => (valueOf(environment, name) ?? '').split(','));
  const headers: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at > 0) headers[decoded(pair.slice(0, at)).toLowerCase()] = decoded(pair.slice(at + 1));
  }
  return headers;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}

interface Tls {
  readonly ca?: Buffer;
  readonly key?: Buffer;
  readonly cert?: Buffer;
}

function tlsOf(signal: Signal, environment: Environment): Tls {
  const names = { ca: 'CERTIFICATE', key: 'CLIENT_KEY', cert: 'CLIENT_CERTIFICATE' } as const;
  const tls: { -readonly [K in keyof Tls]: Tls[K] } = {};
  for (const [field, name] of Object.entries(names) as [keyof Tls, string][]) {
    const file = settingOf(signal, name, environment);
    if (file === undefined) continue;
    try {
      tls[field] = readFileSync(file);
    } catch {
      // The exporter goes without it, too, and fails as we do.
    }
  }
  return tls;
}

function post(url: URL, body: string, headers: Record<string, string>, tls: Tls): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ error: reasonOf(error) });
    try {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const options = { method: 'POST', headers: { ...headers, ...length }, agent: false as const, ...tls };
      const sent = send(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) }, (answer) => {
        answer.on('error', () => undefined).resume();
        resolve({ status: answer.statusCode ?? 0 });
      });
      sent.on('error', fail);
      sent.end(body);
    } catch (error) {
      // A header that cannot be sent. Its value is not in the code.
      resolve({
        error: `the request cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      });
    }
  });
}

/** `[http[s]://]host[:port]`. */
function grpcAddress(to: string): { host: string; port: number } | undefined {
  const url = parseUrl(/^\w+:\/\//.test(to) ? to : `http://${to}`);
  if (url === undefined || url.hostname === '') return undefined;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function reach(address: { host: string; port: number } | undefined): Promise<Answer> {
  if (address === undefined) return Promise.resolve({ error: 'it is no address' });
  return new Promise((resolve) => {
    const socket = connect(address);
    const done = (answer: Answer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(TIMEOUT_MS, () => done({ error: NO_ANSWER }));
    socket.once('connect', () => done({}));
    socket.once('error', (error) => done({ error: reasonOf(error) }));
  });
}

const NO_ANSWER = `no answer within ${TIMEOUT_MS / 1000} s`;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/;
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ENOTFOUND: 'the host name is not known (ENOTFOUND)',
  EAI_AGAIN: 'the host name cannot be looked up now (EAI_AGAIN)',
  EPROTO: 'it does not speak TLS (EPROTO)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS (ERR_SSL_WRONG_VERSION_NUMBER)',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS (ERR_SSL_PACKET_LENGTH_TOO_LONG)',
  ECONNRESET: 'the connection was closed without an answer (ECONNRESET)',
  EHOSTUNREACH: 'there is no way to the host (EHOSTUNREACH)',
  ETIMEDOUT: NO_ANSWER,
  ABORT_ERR: NO_ANSWER,
};

/** Codes only: messages may repeat the URL. */
function reasonOf(error: unknown): string {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  if (CERTIFICATE.test(code)) return `its certificate is not trusted (${code})`;
  if (code.startsWith('HPE_')) return `something else than HTTP answers (${code})`;
  return REASONS[code] ?? code;
}

/** Whether somebody else listens on the port; `undefined` where that cannot be told. */
export function isTaken(host: string, port: number): Promise<boolean | undefined> {
  if (port === 0) return Promise.resolve(false);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EADDRINUSE' ? true : undefined),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(false)));
  });
}
