/**
 * Providers that a framework registers for its own developer tool, when nobody has configured another.
 *
 * Genkit starts a NodeSDK at its first action unless the agent has called `enableTelemetry`. Its one exporter sends to the
 * telemetry server of `genkit start` and drops everything where there is none, so nothing would come of what is sent to it.
 * Source: `@genkit-ai/core` 1.42.0, `tracing/node-telemetry-provider.js` and `tracing/exporter.js`.
 */
import type { TracerProvider } from '@opentelemetry/api';

/** Exporters of developer tools, and whether the tool is there. */
const TOOLS: Readonly<Record<string, () => boolean>> = {
  TraceServerExporter: () => {
    const { GENKIT_TELEMETRY_SERVER: server, GENKIT_ENV: environment } = process.env;
    return Boolean(server) || environment === 'dev';
  },
};

interface Processor {
  readonly _exporter?: object;
  readonly _spanProcessors?: readonly Processor[];
}
/** What a provider of the 1.x, 2.x and 3.x lines shows at run time, behind the API's proxy. */
interface Inspectable {
  getDelegate?(): Inspectable;
  readonly activeSpanProcessor?: Processor;
  readonly _activeSpanProcessor?: Processor;
}

/** Whether all that `provider` exports goes to a developer tool that is not there. */
export function leadsNowhere(provider: TracerProvider): boolean {
  const proxy = provider as Inspectable;
  const inner = proxy.getDelegate?.() ?? proxy;
  const active = inner.activeSpanProcessor ?? inner._activeSpanProcessor;
  const exporters = (active?._spanProcessors ?? []).map((processor) => processor._exporter);
  return exporters.length > 0 && exporters.every((exporter) => isAbsentTool(exporter));
}

function isAbsentTool(exporter: object | undefined): boolean {
  const isThere = TOOLS[exporter?.constructor.name ?? ''];
  return isThere !== undefined && !isThere();
}
