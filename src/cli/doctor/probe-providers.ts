/** What is registered with OpenTelemetry's API in this process, and what takes its data. */
import type { SeenProvider } from './snapshot';

export interface ApiSlot {
  readonly version?: string;
  readonly trace?: Provider;
  readonly metrics?: Provider;
}

/** What providers of the 1.x, 2.x and 3.x lines show at run time. */
interface Provider {
  getDelegate?(): Provider;
  readonly activeSpanProcessor?: Processor;
  readonly _activeSpanProcessor?: Processor;
  readonly _sharedState?: { readonly metricCollectors?: readonly { readonly _metricReader?: Reader }[] };
}
interface Processor {
  readonly _spanProcessors?: readonly Processor[];
  readonly _exporter?: object;
}
interface Reader {
  readonly _exporter?: object;
}

/** `undefined` when none is registered. */
export function traceProvider(slot: ApiSlot | undefined): SeenProvider | undefined {
  const provider = registered(slot?.trace);
  if (provider === undefined) return undefined;
  const active = provider.activeSpanProcessor ?? provider._activeSpanProcessor;
  return { name: nameOf(provider), outputs: active && leaves(active).map(outputName) };
}

/** `undefined` when none is registered. */
export function metricProvider(slot: ApiSlot | undefined): SeenProvider | undefined {
  const provider = registered(slot?.metrics);
  if (provider === undefined) return undefined;
  const collectors = provider._sharedState?.metricCollectors;
  return {
    name: nameOf(provider),
    outputs: collectors?.map(({ _metricReader }) => outputName(_metricReader ?? {})),
  };
}

function registered(provider: Provider | undefined): Provider | undefined {
  const inner = provider?.getDelegate?.() ?? provider;
  return inner === undefined || /^(?:Noop|Proxy)/.test(nameOf(inner)) ? undefined : inner;
}

/** A provider with several processors has one around them; one without any has a stand-in that does nothing. */
function leaves(processor: Processor): Processor[] {
  if (processor._spanProcessors !== undefined) return processor._spanProcessors.flatMap(leaves);
  return nameOf(processor).startsWith('Noop') ? [] : [processor];
}

function outputName(output: Processor | Reader): string {
  const { _exporter: exporter } = output;
  return exporter === undefined ? nameOf(output) : `${nameOf(output)}(${nameOf(exporter)})`;
}

function nameOf(object: object): string {
  return object.constructor?.name || 'unnamed';
}
