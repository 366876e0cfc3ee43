/**
 * Providers that a framework registers for itself, and that would drop what we send.
 *
 * Genkit starts a NodeSDK at its first action unless the agent has called `enableTelemetry`. Its one exporter sends to the
 * telemetry server of `genkit start` and drops everything where there is none, so nothing would come of what is sent to it.
 * Source: `@genkit-ai/core` 1.42.0, `tracing/node-telemetry-provider.js` and `tracing/exporter.js`.
 *
 * VoltAgent starts one with its first agent. Unless told otherwise (`spanFilters`) it puts a filter before every
 * processor, the user's too, that lets through the spans of its own scope alone.
 * Source: `@voltagent/core` 2.10.0, `observability/processors/span-filter-processor` and `node/volt-agent-observability`.
 */
import type { TracerProvider } from '@opentelemetry/api';

import { NAME } from '../version';

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
  /** VoltAgent's filter. */
  readonly allowedInstrumentationScopes?: unknown;
}
/** What a provider of the 1.x, 2.x and 3.x lines shows at run time, behind the API's proxy. */
interface Inspectable {
  getDelegate?(): Inspectable;
  readonly activeSpanProcessor?: Processor;
  readonly _activeSpanProcessor?: Processor;
}

/** Whether nothing of ours would leave `provider`: each of its processors filters it out or serves an absent tool. */
export function leadsNowhere(provider: TracerProvider): boolean {
  const proxy = provider as Inspectable;
  const inner = proxy.getDelegate?.() ?? proxy;
  const active = inner.activeSpanProcessor ?? inner._activeSpanProcessor;
  const processors = active?._spanProcessors ?? [];
  return (
    processors.length > 0 &&
    processors.every((processor) => keepsUsOut(processor) || isAbsentTool(processor._exporter))
  );
}

function keepsUsOut({ allowedInstrumentationScopes: allowed }: Processor): boolean {
  return allowed instanceof Set && !allowed.has(NAME);
}

function isAbsentTool(exporter: object | undefined): boolean {
  const isThere = TOOLS[exporter?.constructor.name ?? ''];
  return isThere !== undefined && !isThere();
}
