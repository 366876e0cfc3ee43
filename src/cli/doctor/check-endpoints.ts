/** Whether what telemetry is sent to takes it. */
import { parseUrl } from '../../core/parse-url';
import type { Destination } from '../commands/env-report';
import type { EndpointState } from './endpoints';
import { saidLines, type Evidence } from './evidence';
import { findingsOf, type Finding, type Findings } from './finding';

const { ok, warn, problem } = findingsOf('telemetry');
const EXPORT_FAILED = /^(?:\w+ could not be exported to |not delivered: )/;

/** What fails alike at one address is one finding. */
export function together(states: readonly EndpointState[]): EndpointState[] {
  const groups = new Map<string, EndpointState>();
  for (const state of states) {
    const { destination, error, status, signals } = state;
    const origin = parseUrl(destination.to)?.origin ?? destination.to;
    const isWrong = error !== undefined || (status ?? 0) >= 400;
    const key = `${destination.protocol} ${isWrong ? origin : destination.to} ${error} ${status}`;
    const known = groups.get(key);
    const to = known === undefined ? destination.to : origin;
    const merged = { ...destination, to };
    groups.set(key, { ...state, signals: [...(known?.signals ?? []), ...signals], destination: merged });
  }
  return [...groups.values()];
}

export function endpoint(state: EndpointState): Finding {
  const { signals, destination, status, error } = state;
  const what = `${signals.join(' and ')}: ${protocolOf(destination)} to ${destination.to}`;
  if (error !== undefined) {
    return problem(
      'endpoint-down',
      `${what}: ${error}`,
      `${signals.join(' and ')} cannot be delivered and are lost`,
      ...remedyOfDown(destination, error),
    );
  }
  if (status === undefined) return ok('endpoint', `${what} takes connections`);
  const refusal = REFUSALS[status] ?? (status >= 500 ? UNWELL : undefined);
  if (refusal === undefined) return ok('endpoint', `${what} answers (${status})`);
  const make = status >= 500 || status === 429 ? warn : problem;
  return make('endpoint-refuses', `${what} answers ${status}`, ...refusal);
}

/** Its headers are not known here: that it asks for some is in order. */
export function agentEndpoint({ signals, destination: { to }, status, error }: EndpointState): Finding {
  const what = `${signals.join(' and ')} of the agent’s SDK: OTLP over HTTP to ${to}`;
  if (error === undefined) return ok('endpoint', `${what} answers (${status})`);
  return problem(
    'endpoint-down',
    `${what}: ${error}`,
    `${signals.join(' and ')} cannot be delivered and are lost`,
    'start a receiver there: npx otel-mcp assets --out monitoring has one to run with docker compose up',
    'or set where it is: the exporter’s url in the agent’s code, else export OTEL_EXPORTER_OTLP_ENDPOINT=http://HOST:4318',
  );
}

function protocolOf({ exporter, protocol }: Destination): string {
  return exporter === 'zipkin' ? 'Zipkin' : `OTLP ${protocol}`;
}

const CREDENTIALS = [
  'it takes nothing without the right credentials',
  'set the header it asks for: OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20…"',
] as const;
const WRONG_PATH = [
  'there is something else than an OTLP receiver, or it has another path',
  'set OTEL_EXPORTER_OTLP_ENDPOINT to the address without /v1/traces: it is added; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is used as it is',
] as const;
const UNWELL = ['it is there, and not in order', 'look at the log of the receiver'] as const;
const REFUSALS: Readonly<Record<number, readonly [string, string]>> = {
  401: CREDENTIALS,
  403: CREDENTIALS,
  404: WRONG_PATH,
  405: WRONG_PATH,
  429: [
    'it takes no more for now',
    'raise the receiver’s limits, or export less often: OTEL_METRIC_EXPORT_INTERVAL',
  ],
};

function remedyOfDown({ protocol, exporter, to }: Destination, error: string): string[] {
  if (/something else than HTTP|closed without an answer/.test(error) && /:4317\b/.test(to)) {
    return [
      '4317 is the port of OTLP over gRPC: OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or the port of OTLP over HTTP, 4318',
    ];
  }
  if (error.startsWith('its certificate')) {
    return ['name the authority that signed it: export OTEL_EXPORTER_OTLP_CERTIFICATE=/path/to/ca.pem'];
  }
  if (error.startsWith('it does not speak TLS')) {
    return ['use http: instead of https: in OTEL_EXPORTER_OTLP_ENDPOINT, or switch TLS on in the receiver'];
  }
  const port = exporter === 'zipkin' ? 9411 : protocol === 'grpc' ? 4317 : 4318;
  const variable = exporter === 'zipkin' ? 'OTEL_EXPORTER_ZIPKIN_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const path = exporter === 'zipkin' ? '/api/v2/spans' : '';
  return [
    `start a receiver there: npx otel-mcp assets --out monitoring has one to run with docker compose up`,
    `or set where it is: export ${variable}=http://HOST:${port}${path}`,
  ];
}

/** What the agent itself met, where asking met nothing. */
export function* failedExports(evidence: Evidence): Findings {
  if (evidence.endpoints.some(({ error }) => error !== undefined)) return;
  for (const line of saidLines(evidence, EXPORT_FAILED)) {
    const seen = line.replace(/; further failures are only counted$/, '');
    if (isElsewhere(seen, evidence.endpoints)) {
      yield problem(
        'export-failed',
        seen,
        'that is not where the agent sends: a process that it starts preloads this package and was not told where to',
        'give it the agent’s OTEL_* variables as well, OTEL_EXPORTER_OTLP_ENDPOINT first',
      );
    } else if (/^not delivered: .*no answer in time\)$/.test(seen)) {
      yield warn(
        'export-failed',
        seen,
        'the receiver was too slow for the second that there is when the agent ends',
        'look whether the receiver, or this machine, is busy; an agent that runs longer sends as it goes',
      );
    } else {
      yield problem(
        'export-failed',
        seen,
        'telemetry is lost',
        'look at the log of the receiver, and at OTEL_EXPORTER_OTLP_ENDPOINT, _PROTOCOL, _HEADERS and _COMPRESSION',
      );
    }
  }
}

/** Whether it is about none of the agent's own endpoints. */
function isElsewhere(line: string, endpoints: readonly EndpointState[]): boolean {
  const origins = (line.match(/https?:\/\/[\w.[\]-]+(?::\d+)?/g) ?? []).map((url) => parseUrl(url)?.origin);
  const own = new Set(endpoints.map(({ destination }) => parseUrl(destination.to)?.origin));
  return origins.length > 0 && own.size > 0 && origins.every((origin) => !own.has(origin));
}
