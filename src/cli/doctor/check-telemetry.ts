/** Whose SDK takes spans and metrics, where they go, and whether they arrive. */
import { parseUrl } from '../../core/parse-url';
import type { Destination } from '../commands/env-report';
import type { EndpointState } from './endpoints';
import { VERSION } from '../../version';
import { saidLines, type Evidence, type Port } from './evidence';
import { findingsOf, type Finding, type Findings } from './finding';
import { isOlder, oldestNode } from './node-version';
import type { SeenProvider, Snapshot } from './snapshot';

const { ok, warn, problem } = findingsOf('telemetry');

export function* checkTelemetry(evidence: Evidence): Findings {
  const { agent, exports } = evidence;
  const provider = agent?.provider;
  if (provider === 'agent') {
    yield* agentSdk(agent!);
    for (const state of together(evidence.endpoints)) yield agentEndpoint(state);
  } else if (provider === 'none' || exports.off !== undefined) yield* noProvider(evidence);
  else yield* ownSdk(evidence);
  yield* ports(evidence);
  if (/^always_off|\((?:0|0\.0+)\)$/.test(exports.sampler)) yield notSampled(exports.sampler);
  yield* messages(evidence);
}

function* agentSdk({ traces, metrics, api }: Snapshot): Findings {
  yield ok(
    'agent-sdk',
    `the agent’s own OpenTelemetry SDK (api ${api ?? 'unknown'}): spans to ${outputs(traces)}, metrics to ${outputs(metrics)}`,
  );
  if (traces?.outputs?.length === 0) {
    yield problem(
      'agent-sdk-without-exporter',
      `the agent has registered ${traces.name}, and no span processor with it`,
      'our spans go to the agent’s SDK, which drops them',
      'give it an exporter: new NodeSDK({ traceExporter: new OTLPTraceExporter() }), or',
      '  new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] })',
      'or let the agent start none: then this package starts its own',
    );
  } else if (traces === undefined) {
    yield warn(
      'agent-sdk-without-exporter',
      'the agent has registered a meter provider and no tracer provider',
      'what the agent registers is used: there are no spans',
      'register both, with new NodeSDK({ traceExporter, metricReaders }), or none',
    );
  }
  if (metrics === undefined || metrics.outputs?.length === 0) {
    yield warn(
      'agent-sdk-without-metrics',
      metrics === undefined
        ? 'the agent has registered a tracer provider and no meter provider'
        : `the agent has registered ${metrics.name}, and no metric reader with it`,
      'what the agent registers is used: mcp.tool.calls and all other metrics go nowhere',
      'give its SDK a reader: new NodeSDK({ …, metricReaders: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })] })',
      '(older versions call it metricReader)',
    );
  }
}

function outputs(provider: SeenProvider | undefined): string {
  if (provider === undefined) return 'nobody';
  if (provider.outputs === undefined) return provider.name;
  return provider.outputs.length === 0 ? 'nothing' : provider.outputs.join(', ');
}

function* noProvider(evidence: Evidence): Findings {
  const { agent, exports, environment } = evidence;
  const notLoadable = saidLines(evidence, /^no telemetry: /);
  if (notLoadable.length > 0) {
    yield problem(
      'sdk-not-loadable',
      notLoadable[0]!,
      'without @opentelemetry/sdk-node nothing is recorded',
      'npm install @opentelemetry/sdk-node @opentelemetry/api',
    );
    return;
  }
  // Who has a policy may want guards and audit log alone.
  const make = agent?.policy?.isGuarded === true ? warn : problem;
  yield make(
    'no-provider',
    `nothing is recorded: ${exports.off ?? 'no OpenTelemetry SDK could be started'}`,
    'the agent has registered no OpenTelemetry SDK, and this package may not start one',
    remedyOfOff(environment),
  );
}

function remedyOfOff(environment: Evidence['environment']): string {
  const isOff = (name: string, pattern: RegExp): boolean => pattern.test(environment[name]?.trim() ?? '');
  if (isOff('OTEL_NODE_DISABLED_INSTRUMENTATIONS', /(?:^|,)\s*mcp\s*(?:,|$)/))
    return 'take mcp out of OTEL_NODE_DISABLED_INSTRUMENTATIONS';
  if (isOff('OTEL_SDK_DISABLED', /^true$/i)) return 'unset OTEL_SDK_DISABLED';
  if (isOff('OTEL_MCP_SDK', /^off$/i))
    return 'unset OTEL_MCP_SDK, or start an OpenTelemetry SDK in the agent: new NodeSDK().start()';
  return 'npm install @opentelemetry/sdk-node @opentelemetry/api';
}

function* ownSdk(evidence: Evidence): Findings {
  const { agent, exports, endpoints } = evidence;
  const { sdk, configFile, traces, metrics, logs } = exports;
  const which = sdk === 'global' ? 'an SDK of ours, registered for the process' : 'a private SDK of ours';
  yield ok(
    'own-sdk',
    agent?.provider === 'own' ? which : `${which}, unless the agent registers one of its own`,
  );
  if (configFile !== undefined) {
    yield ok(
      'config-file',
      `exported is what ${configFile} says (OTEL_CONFIG_FILE); doctor asks none of its endpoints`,
    );
    return;
  }
  if (traces.length + metrics.length + logs.length === 0) {
    yield problem(
      'nothing-exported',
      'OTEL_TRACES_EXPORTER and OTEL_METRICS_EXPORTER leave no exporter',
      'what is recorded goes nowhere',
      'unset them, or name one: OTEL_TRACES_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp',
    );
  } else if (traces.length === 0) yield ok('exported', 'traces are not exported (OTEL_TRACES_EXPORTER)');
  else if (metrics.length === 0) yield ok('exported', 'metrics are not exported (OTEL_METRICS_EXPORTER)');
  for (const [signal, list] of Object.entries({ traces, metrics, logs })) {
    for (const { exporter } of list) {
      if (exporter === 'console') yield ok('exported', `${signal} are written to stderr`);
    }
  }
  for (const state of together(endpoints)) yield endpoint(state);
  yield* failedExports(evidence);
}

/** What fails alike at one address is one finding. */
function together(states: readonly EndpointState[]): EndpointState[] {
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

function endpoint(state: EndpointState): Finding {
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
function agentEndpoint({ signals, destination: { to }, status, error }: EndpointState): Finding {
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
function* failedExports(evidence: Evidence): Findings {
  if (evidence.endpoints.some(({ error }) => error !== undefined)) return;
  for (const line of saidLines(evidence, EXPORT_FAILED)) {
    const seen = line.replace(/; further failures are only counted$/, '');
    if (/^not delivered: .*no answer in time\)$/.test(seen)) {
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

const EXPORT_FAILED = /^(?:\w+ could not be exported to |not delivered: )/;
const NOT_SERVED = /^(?:metrics|health and metrics) are not served on (\S+): (.+); set (\w+)$/;

function* ports(evidence: Evidence): Findings {
  const { takenPorts, agent } = evidence;
  const told = new Set<Port['variable']>();
  for (const line of saidLines(evidence, NOT_SERVED)) {
    const [, address = '', why = '', variable = ''] = NOT_SERVED.exec(line) ?? [];
    told.add(variable as Port['variable']);
    const wasFree = evidence.run !== undefined && !takenPorts.some((taken) => taken.variable === variable);
    yield portTaken(variable, address, wasFree && why === 'the port is taken' ? TWICE : why);
  }
  for (const { variable, address } of evidence.ports) {
    if (told.has(variable)) continue;
    const isOthers = variable === 'OTEL_EXPORTER_PROMETHEUS_PORT' && agent?.provider === 'agent';
    if (isOthers) continue;
    const isTaken = takenPorts.some((taken) => taken.variable === variable && taken.address === address);
    if (isTaken) yield portTaken(variable, address, 'the port is taken');
    else yield ok('port', `${SERVED[variable]} at http://${address}`);
  }
}

const TWICE = 'the port is taken by another process of this run';
const SERVED: Readonly<Record<Port['variable'], string>> = {
  OTEL_EXPORTER_PROMETHEUS_PORT: 'metrics: page for Prometheus',
  OTEL_MCP_HTTP: 'health and metrics',
};

function portTaken(variable: string, address: string, why: string): Finding {
  const port = address.split(':').at(-1) ?? '';
  const what = variable === 'OTEL_MCP_HTTP' ? 'health and metrics' : 'metrics';
  const other = Number(port) + 1;
  return problem(
    'port-taken',
    `${what} are not served on ${address}: ${why}`,
    `the agent runs on, and nobody can ask it for its ${what}`,
    why === TWICE
      ? `give each process a port of its own: a server that inherits the agent’s environment needs another ${variable}`
      : `see who listens there: lsof -i :${port}`,
    `take another port: export ${variable}=${other}`,
  );
}

function notSampled(sampler: string): Finding {
  return warn(
    'not-sampled',
    `the sampler is ${sampler}`,
    'no trace is recorded; metrics are',
    'unset OTEL_TRACES_SAMPLER, or let it take some: OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0.1',
  );
}

const INTERNAL = / failed and was bypassed \(/;
/** What other findings say. */
const TOLD =
  /contains a copy of the MCP SDK|^ES modules cannot be hooked|has no module hooks|^no telemetry: |^policy: |in the policy\n|are not served on |could not be exported to |^not delivered: |^not loaded, |^the policy /;

function* messages(evidence: Evidence): Findings {
  const version = evidence.agent?.version;
  // Whose Node is too old has been told what to do.
  const isJudged = version === undefined || !isOlder(version, oldestNode());
  for (const line of saidLines(evidence, /^/)) {
    if (TOLD.test(line)) continue;
    if (!INTERNAL.test(line)) {
      yield warn(
        'message',
        line,
        'this package has said so itself, on the agent’s stderr',
        'do what the line says',
      );
    } else if (isJudged) {
      yield warn(
        'internal-error',
        line.replace(/; further failures are only counted$/, ''),
        'it is a fault of this package, and what it bypassed is missing; the agent was not harmed',
        `report it with this line, Node’s version (${version ?? 'unknown'}) and that of this package (${VERSION})`,
      );
    }
  }
}
