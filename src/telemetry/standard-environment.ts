/**
 * The standard OpenTelemetry variables that matter here. They are read by the OpenTelemetry SDK, or by ours in its
 * place with the same meaning; `docs/environment.md` and `otel-mcp env` show them from this table.
 *
 * Source: the OpenTelemetry specification, configuration/sdk-environment-variables.md and protocol/exporter.md.
 */
export interface StandardVariable {
  readonly name: string;
  readonly default: string;
  readonly description: string;
  /** Its value may hold a secret and is never printed. */
  readonly secret?: true;
}

export const STANDARD_ENVIRONMENT: readonly StandardVariable[] = [
  {
    name: 'OTEL_SDK_DISABLED',
    default: 'false',
    description: '`true`: no SDK is started and nothing is exported.',
  },
  { name: 'OTEL_SERVICE_NAME', default: 'unknown_service:node', description: 'Name of the agent’s service.' },
  {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    default: 'none',
    description: 'Comma-separated `key=value` pairs, put on everything that is exported.',
  },
  {
    name: 'OTEL_NODE_RESOURCE_DETECTORS',
    default: 'serviceinstance,process,host,os,env',
    description:
      'What is detected about the process. By default without its command line, which may hold secrets; `process` or `all` detect that too.',
  },
  {
    name: 'OTEL_TRACES_EXPORTER',
    default: 'otlp',
    description: 'Comma-separated: `otlp`, `console` (to stderr), `zipkin`, `none`.',
  },
  {
    name: 'OTEL_METRICS_EXPORTER',
    default: 'otlp',
    description: 'Comma-separated: `otlp`, `prometheus`, `console` (to stderr), `none`.',
  },
  {
    name: 'OTEL_LOGS_EXPORTER',
    default: 'otlp',
    description:
      'Comma-separated: `otlp`, `console` (to stderr), `none`. Log records are exceptions (`OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`) and decisions of guards (`OTEL_MCP_EVENTS`), where one of these asks for them, and then heads of the audit log, too.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    default: 'http/protobuf',
    description:
      '`http/protobuf`, `http/json` or `grpc`; for one signal `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `…_METRICS_PROTOCOL`, `…_LOGS_PROTOCOL`. ' +
      'What reached nobody, because nothing listens there, stays in the queue (`OTEL_BSP_MAX_QUEUE_SIZE`), which bridges the restart of a Collector; what the queue cannot hold is lost and counted (`mcpguard.export.dropped`). OpenTelemetry’s gRPC exporters for JavaScript can take 40 s until they have connected again.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: 'http://localhost:4318, for grpc http://localhost:4317',
    description:
      'Where OTLP is sent; `/v1/traces` and so on are appended for http. For one signal, used as it stands: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `…_METRICS_ENDPOINT`, `…_LOGS_ENDPOINT`.',
    secret: true,
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    default: 'none',
    description: 'Comma-separated `key=value` headers of every export, such as an API key.',
    secret: true,
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    default: '10000',
    description:
      'Milliseconds until an export is given up. At the end of the process one second is the limit.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    default: 'cumulative',
    description: '`cumulative`, `delta` or `lowmemory`.',
  },
  {
    name: 'OTEL_EXPORTER_PROMETHEUS_HOST',
    default: '127.0.0.1',
    description: 'Address of the Prometheus page. `0.0.0.0` opens it to the network.',
  },
  { name: 'OTEL_EXPORTER_PROMETHEUS_PORT', default: '9464', description: 'Port of the Prometheus page.' },
  {
    name: 'OTEL_METRIC_EXPORT_INTERVAL',
    default: '60000',
    description: 'Milliseconds between two exports of metrics.',
  },
  {
    name: 'OTEL_METRIC_EXPORT_TIMEOUT',
    default: '30000',
    description: 'Milliseconds until one export of metrics is given up.',
  },
  {
    name: 'OTEL_BSP_SCHEDULE_DELAY',
    default: '5000',
    description: 'Milliseconds between two batches of spans that are not full.',
  },
  {
    name: 'OTEL_BSP_MAX_QUEUE_SIZE',
    default: '2048',
    description: 'Spans that wait at most; further ones are dropped.',
  },
  { name: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', default: '512', description: 'Spans of one batch.' },
  {
    name: 'OTEL_TRACES_SAMPLER',
    default: 'parentbased_always_on',
    description: 'Which traces are kept, such as `parentbased_traceidratio`.',
  },
  {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    default: 'none',
    description: 'Argument of the sampler: the share of traces, between 0 and 1.',
  },
  {
    name: 'OTEL_PROPAGATORS',
    default: 'tracecontext,baggage',
    description: 'What is written to and read from `params._meta`.',
  },
  {
    name: 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    default: 'none',
    description: 'Characters after which an attribute’s value is cut.',
  },
  { name: 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', default: '128', description: 'Attributes of one span.' },
  {
    name: 'OTEL_CONFIG_FILE',
    default: 'none',
    description:
      'Declarative configuration of the whole SDK, where the installed `@opentelemetry/sdk-node` reads it. The other variables of this table then do not count, and nothing is delivered after `process.exit()` or a signal.',
  },
  { name: 'OTEL_LOG_LEVEL', default: 'info', description: 'What the SDK itself says, on stderr.' },
];
