/** `otel-mcp env` for a person. */
import type { Destination, EnvironmentReport } from './env-report';
import type { Style } from '../style';
import { columns } from '../table';

const MODES: Readonly<Record<EnvironmentReport['sdk'], string>> = {
  auto: 'private, started at the first MCP use (OTEL_MCP_SDK=auto)',
  global: 'started at the first MCP use and registered for the whole process (OTEL_MCP_SDK=global)',
  off: 'never started (OTEL_MCP_SDK=off)',
};

export function renderEnvironment(report: EnvironmentReport, style: Style): string {
  const variables = Object.entries(report.variables).map(
    ([name, value]) => [name, value ?? style.dim('(set, not shown)')] as const,
  );
  return [
    'What is exported for an agent that registers no OpenTelemetry SDK of its own. One that does gets',
    'spans and metrics through its own SDK, and that SDK decides where they go.',
    '',
    ...columns(rows(report)),
    '',
    style.bold('Set in this environment'),
    ...(variables.length === 0 ? ['  nothing: the defaults apply'] : columns(variables)),
  ].join('\n');
}

function rows(report: EnvironmentReport): (readonly [string, string])[] {
  return [
    ['SDK', MODES[report.sdk]],
    ...exported(report),
    ['Service name', report.serviceName],
    ['Sampler', report.sampler],
    ['Propagators', report.propagators],
    ['Content', report.captureContent ? 'arguments and results are on spans' : 'no arguments, no results'],
    ['User id', USER_LABEL[report.userLabel]],
  ];
}

const USER_LABEL: Readonly<Record<EnvironmentReport['userLabel'], string>> = {
  plain: 'as it is, where the agent’s owner sets one',
  hashed: 'hashed, with the key of MCP_AUDIT_KEY_FILE',
  off: 'left out',
};

function exported(report: EnvironmentReport): (readonly [string, string])[] {
  if (report.off !== undefined) return [['Exported', `nothing: ${report.off}`]];
  if (report.configFile !== undefined)
    return [['Exported', `as ${report.configFile} says (OTEL_CONFIG_FILE)`]];
  return [
    ...lines('Traces', report.traces, 'not exported (OTEL_TRACES_EXPORTER)'),
    ...lines('Metrics', report.metrics, 'not exported (OTEL_METRICS_EXPORTER)'),
    ...lines('Logs', report.logs, 'none: exceptions are span events (OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN)'),
  ];
}

function lines(
  title: string,
  destinations: readonly Destination[],
  none: string,
): (readonly [string, string])[] {
  if (destinations.length === 0) return [[title, none]];
  return destinations.map((one, index) => [index === 0 ? title : '', describe(one)] as const);
}

function describe({ exporter, protocol, to, everySeconds }: Destination): string {
  const interval = everySeconds === undefined ? '' : `, every ${everySeconds} s`;
  if (exporter === 'otlp') return `OTLP ${protocol} to ${to}${interval}`;
  if (exporter === 'prometheus') return `Prometheus page at ${to}`;
  return exporter === 'zipkin' ? `Zipkin at ${to}` : `${to}${interval}`;
}
