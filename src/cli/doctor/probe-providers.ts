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
  return described(provider, active && leaves(active));
}

/** `undefined` when none is registered. */
export function metricProvider(slot: ApiSlot | undefined): SeenProvider | undefined {
  const provider = registered(slot?.metrics);
  if (provider === undefined) return undefined;
  const collectors = provider._sharedState?.metricCollectors;
  return described(
    provider,
    collectors?.map(({ _metricReader: reader }) => reader ?? {}),
  );
}

function described(provider: Provider, outputs: readonly (Processor | Reader)[] | undefined): SeenProvider {
  return {
    name: nameOf(provider),
    outputs: outputs?.map(outputName),
    urls: (outputs ?? []).flatMap(({ _exporter }) => urlOf(_exporter)),
  };
}

/** OTLP exporters over HTTP, of both lines, keep it here. */
interface OtlpExporter {
  readonly _delegate?: {
    readonly _transport?: { readonly _transport?: { readonly _parameters?: { url?: unknown } } };
  };
}

function urlOf(exporter: OtlpExporter | undefined): string[] {
  const url = exporter?._delegate?._transport?._transport?._parameters?.url;
  if (typeof url !== 'string') return [];
  const { origin, pathname } = new URL(url);
  return [origin + pathname];
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
