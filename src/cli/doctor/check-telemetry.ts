/** Whose SDK takes spans and metrics, where they go, and whether they arrive. */
import { agentEndpoint, endpoint, failedExports, together } from './check-endpoints';
import { checkPorts } from './check-ports';
import { VERSION } from '../../version';
import { saidLines, type Evidence } from './evidence';
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
  yield* checkPorts(evidence);
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
