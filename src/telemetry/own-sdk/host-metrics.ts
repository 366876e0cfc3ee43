/**
 * Metrics of the host, of the process and of Node, by OpenTelemetry's own packages, beside ours in the private SDK.
 *
 * Both packages are for those who ask, and are looked for where the agent is: npm chooses their version by the agent's Node. Our
 * package.json does not name them, not even as optional peers: npm then tries to fit the newest of them with the agent's
 * `@opentelemetry/api`, and refuses to install us beside the 2.x line. Neither keeps the process alive.
 */
import type { MeterProvider } from '@opentelemetry/api';
import { resolveForAgent } from '../../core/agent-require';
import { warnOnce } from '../../core/diagnostics';
import { safely } from '../../core/safe';

/** What we use of `@opentelemetry/host-metrics`. Before 0.37 it does not know `metricGroups` and measures everything. */
interface HostMetricsModule {
  readonly HostMetrics: new (options: { meterProvider: MeterProvider; metricGroups: readonly string[] }) => {
    start(): void;
  };
}

/** What we use of `@opentelemetry/instrumentation-runtime-node`. */
interface RuntimeNodeModule {
  readonly RuntimeNodeInstrumentation: new () => { setMeterProvider(provider: MeterProvider): void };
}

/** Without `system.network`, for which it runs a shell at every collection: the Collector reads that for the whole host. */
const GROUPS = ['system.cpu', 'system.memory', 'process.cpu', 'process.memory'] as const;

/** By package, what starts it. */
const STARTS: Readonly<Record<string, (module: unknown, meterProvider: MeterProvider) => void>> = {
  '@opentelemetry/host-metrics': (module, meterProvider) => {
    const { HostMetrics } = module as HostMetricsModule;
    new HostMetrics({ meterProvider, metricGroups: GROUPS }).start();
  },
  '@opentelemetry/instrumentation-runtime-node': (module, meterProvider) => {
    const { RuntimeNodeInstrumentation } = module as RuntimeNodeModule;
    new RuntimeNodeInstrumentation().setMeterProvider(meterProvider);
  },
};

/** Starts those of the packages that are installed; the others are one line on stderr. Never throws. */
export function startHostMetrics(meterProvider: MeterProvider): void {
  const missing: string[] = [];
  for (const [name, start] of Object.entries(STARTS)) {
    const file = resolveForAgent(name);
    if (file === undefined) missing.push(name);
    else safely('telemetry.host-metrics', () => start(require(file), meterProvider));
  }
  if (missing.length === 0) return;
  warnOnce(
    'host-metrics',
    `OTEL_MCP_HOST_METRICS=on needs what is not installed: run \`npm install ${missing.join(' ')}\` where the agent is`,
  );
}
