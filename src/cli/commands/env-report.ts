/** What a preloaded agent would export where, read from the environment as the runtime reads it. */
import type { EnvironmentName } from '../../core/environment';
import { ENVIRONMENT, readEnvironment } from '../../core/environment';
import { parseUrl } from '../../core/parse-url';
import { isDisabledByEnvironment, settingsOf } from '../../telemetry/config';
import type { Environment, ExportPlan, Signal } from '../../telemetry/own-sdk/configuration';
import {
  isTrue,
  otlpEndpoint,
  otlpProtocol,
  readExportPlan,
  valueOf,
  wantsLogs,
} from '../../telemetry/own-sdk/configuration';
import { STANDARD_ENVIRONMENT } from '../../telemetry/standard-environment';

export interface Destination {
  readonly exporter: 'otlp' | 'console' | 'zipkin' | 'prometheus';
  /** OTLP only. */
  readonly protocol?: string;
  /** URL without user name, password and query, or `stderr`. */
  readonly to: string;
  /** Seconds between two exports; metrics that are pushed only. */
  readonly everySeconds?: number;
}

export interface EnvironmentReport {
  /** `off`: an SDK is never started; telemetry goes to the agent's own SDK or nowhere. */
  readonly sdk: 'auto' | 'global' | 'off';
  /** Why nothing is exported at all; absent when something is. */
  readonly off?: string;
  /** File that alone decides what is exported where. */
  readonly configFile?: string;
  readonly traces: readonly Destination[];
  readonly metrics: readonly Destination[];
  readonly logs: readonly Destination[];
  readonly serviceName: string;
  readonly sampler: string;
  readonly propagators: string;
  readonly captureContent: boolean;
  readonly userLabel: 'plain' | 'hashed' | 'off';
  /** Variables that are set; `null` stands for a value that may be secret. */
  readonly variables: Readonly<Record<string, string | null>>;
}

export function describeEnvironment(): EnvironmentReport {
  const environment = process.env;
  const sdk = (readEnvironment('OTEL_MCP_SDK') ?? 'auto') as EnvironmentReport['sdk'];
  const off = whyOff(environment, sdk);
  const configFile = valueOf(environment, 'OTEL_CONFIG_FILE');
  const settings = settingsOf({});
  const exported = off === undefined && configFile === undefined;
  return {
    sdk,
    ...(off === undefined ? {} : { off }),
    ...(configFile === undefined ? {} : { configFile }),
    ...(exported ? destinations(environment, sdk) : { traces: [], metrics: [], logs: [] }),
    serviceName: serviceName(environment),
    sampler: sampler(environment),
    propagators: valueOf(environment, 'OTEL_PROPAGATORS') ?? 'tracecontext,baggage',
    captureContent: settings.captureContent,
    userLabel: settings.userLabel,
    variables: setVariables(environment),
  };
}

function whyOff(environment: Environment, sdk: EnvironmentReport['sdk']): string | undefined {
  if (isDisabledByEnvironment()) return 'OTEL_NODE_DISABLED_INSTRUMENTATIONS names mcp: no telemetry at all';
  if (isTrue(environment, 'OTEL_SDK_DISABLED')) return 'OTEL_SDK_DISABLED is true';
  if (sdk === 'off') return 'OTEL_MCP_SDK is off: only an SDK of the agent’s own gets telemetry';
  return undefined;
}

function destinations(
  environment: Environment,
  sdk: EnvironmentReport['sdk'],
): Pick<EnvironmentReport, Signal> {
  const plan = readExportPlan(environment, sdk === 'global' || wantsLogs(environment));
  const pushed = (signal: Signal) => plan[signal].map((name) => destination(environment, signal, name));
  const everySeconds = plan.metricInterval / 1000;
  const metrics: Destination[] = pushed('metrics').map((one) => ({ ...one, everySeconds }));
  if (plan.prometheus !== undefined) {
    const { host, port } = plan.prometheus;
    const shownHost = host.includes(':') ? `[${host}]` : host;
    metrics.push({ exporter: 'prometheus', to: `http://${shownHost}:${port}/metrics` });
  }
  return { traces: pushed('traces'), metrics, logs: pushed('logs') };
}

function destination(
  environment: Environment,
  signal: Signal,
  exporter: ExportPlan[Signal][number],
): Destination {
  if (exporter === 'console') return { exporter, to: 'stderr' };
  if (exporter === 'zipkin') return { exporter, to: zipkinEndpoint(environment) };
  const protocol = otlpProtocol(environment, signal);
  const endpoint = otlpEndpoint(environment, signal);
  const own = valueOf(environment, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`) !== undefined;
  return { exporter, protocol, to: protocol === 'grpc' || own ? endpoint : `${endpoint}/v1/${signal}` };
}

function zipkinEndpoint(environment: Environment): string {
  const endpoint = valueOf(environment, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT');
  if (endpoint === undefined) return 'http://localhost:9411/api/v2/spans';
  const url = parseUrl(endpoint);
  return url === undefined ? '(an endpoint that is no URL)' : url.origin + url.pathname;
}

function serviceName(environment: Environment): string {
  const own = valueOf(environment, 'OTEL_SERVICE_NAME');
  const pairs = valueOf(environment, 'OTEL_RESOURCE_ATTRIBUTES')?.split(',') ?? [];
  const named = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith('service.name='));
  return own ?? named?.slice('service.name='.length) ?? 'unknown_service:node';
}

function sampler(environment: Environment): string {
  const name = valueOf(environment, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const argument = valueOf(environment, 'OTEL_TRACES_SAMPLER_ARG');
  return argument === undefined ? name : `${name} (${argument})`;
}

/** Names come from the two tables and values only from those that hold no secret. */
function setVariables(environment: Environment): Record<string, string | null> {
  const shown: Record<string, string | null> = {};
  for (const name of Object.keys(ENVIRONMENT) as EnvironmentName[]) {
    const value = valueOf(environment, name);
    if (value !== undefined) shown[name] = value;
  }
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('OTEL_') || name in shown || (text ?? '').trim() === '') continue;
    const known = STANDARD_ENVIRONMENT.find((variable) => variable.name === name);
    shown[name] = known !== undefined && known.secret !== true ? text!.trim() : null;
  }
  return shown;
}
