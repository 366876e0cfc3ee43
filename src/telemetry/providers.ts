/**
 * Which providers a call's telemetry goes to, decided anew for every call.
 *
 * First those that the agent gave our `McpInstrumentation`, then those it registered globally, then an SDK of our own,
 * started at the first MCP use. So an agent may start its SDK before or after its first call, or never.
 */
import type { MeterProvider, Tracer, TracerProvider, TextMapPropagator } from '@opentelemetry/api';

import { safely } from '../core/safe';
import { NAME, VERSION } from '../version';
import type { LoggerLike, LoggerProviderLike } from './api';
import { globalLoggerProvider, globals } from './api';
import { leadsNowhere } from './developer-tools';
import type { Instruments, Observables } from './instruments';
import { createInstruments } from './instruments';
import type { Observation } from './ledger';
import { InstrumentLedger } from './ledger';
import type { DeliveryState } from './own-sdk/delivery';
import type { MetricsPage, OwnSdk } from './own-sdk/own-sdk';

/** Where the telemetry of a call goes. Any part may be missing: the agent decides what it registers. */
export interface Sinks {
  readonly tracer: Tracer | undefined;
  readonly instruments: Instruments | undefined;
  readonly propagator: TextMapPropagator | undefined;
  /** Looked for when there is something to log. */
  readonly logger: () => LoggerLike | undefined;
}

/** Providers of one source: the instrumentation's own, the global ones, or our SDK's. */
interface Source {
  readonly trace: TracerProvider | undefined;
  readonly metrics: MeterProvider | undefined;
  readonly propagation: TextMapPropagator | undefined;
  readonly logs: () => LoggerProviderLike | undefined;
}

export interface GivenProviders {
  tracerProvider?: TracerProvider | undefined;
  meterProvider?: MeterProvider | undefined;
  loggerProvider?: LoggerProviderLike | undefined;
}

export interface ProviderOptions {
  readonly observables: Omit<Observables, 'exportDropped'>;
  /** `off`: never start an SDK of our own. */
  readonly ownSdk: 'auto' | 'global' | 'off';
  /** Whether our own SDK is to export log records that the environment does not ask for. */
  readonly wantsLogs: () => boolean;
  /** Called before our own SDK flushes at the end of the process. */
  readonly beforeExit: () => void;
}

export class Providers {
  private readonly given: GivenProviders = {};
  /** What the current sinks were made from. */
  private source: Source | undefined;
  private sinks: Sinks | undefined;
  private own: (Pick<Source, 'trace' | 'metrics'> & { readonly sinks: Sinks }) | undefined;
  private readonly observables: Observables;
  /** Our own SDK; stays when the agent registers one later. */
  private ownSdk: OwnSdk | undefined;
  private ownTried = false;
  /** The provider that was last looked into, and what was found. */
  private inspected: { readonly provider: TracerProvider; readonly isLost: boolean } | undefined;

  constructor(private readonly options: ProviderOptions) {
    this.observables = { ...options.observables, exportDropped: () => this.exportDropped() };
  }

  /** Providers set on `McpInstrumentation`: they win over global ones. */
  give({ tracerProvider, meterProvider, loggerProvider }: GivenProviders): void {
    if (tracerProvider !== undefined) this.given.tracerProvider = real(tracerProvider);
    if (meterProvider !== undefined) this.given.meterProvider = real(meterProvider);
    if (loggerProvider !== undefined) this.given.loggerProvider = real(loggerProvider);
  }

  /** Sinks for a call that begins now; `undefined` when there is nowhere to send telemetry. */
  current(): Sinks | undefined {
    const registered = globals();
    const metrics = this.given.meterProvider ?? registered.metrics;
    const isLost = metrics === undefined && this.isLost(registered.trace);
    const trace = this.given.tracerProvider ?? (isLost ? undefined : registered.trace);
    // In mode `global` ours are the ones that are registered.
    const isOurs = this.own !== undefined && trace === this.own.trace && metrics === this.own.metrics;
    if ((trace === undefined && metrics === undefined) || isOurs) return this.ownSinks();
    const { propagation } = registered;
    const { source } = this;
    const isSame =
      source?.trace === trace && source?.metrics === metrics && source?.propagation === propagation;
    if (isSame && this.sinks !== undefined) return this.sinks;
    (this.sinks ?? this.own?.sinks)?.instruments?.dispose();
    const logs = () => this.given.loggerProvider ?? globalLoggerProvider();
    this.source = { trace, metrics, propagation, logs };
    this.sinks = sinksOf(this.source, this.observables, new InstrumentLedger());
    return this.sinks;
  }

  /** Whether an SDK of our own is better than what a framework has registered by itself. */
  private isLost(provider: TracerProvider | undefined): boolean {
    if (provider === undefined || this.options.ownSdk === 'off') return false;
    if (this.inspected?.provider !== provider) {
      this.inspected = { provider, isLost: safely('providers', () => leadsNowhere(provider)) ?? false };
    }
    return this.inspected.isLost;
  }

  private ownSinks(): Sinks | undefined {
    if (!this.ownTried) {
      this.ownTried = true;
      safely('sdk-start', () => this.startOwn());
    }
    return this.own?.sinks;
  }

  /** Starts our SDK with instruments of its own, whose ledger its exit flush reads. */
  private startOwn(): void {
    const { ownSdk: mode, beforeExit: beforeFlush, wantsLogs } = this.options;
    if (mode === 'off') return;
    const { startOwnSdk } = require('./own-sdk/start') as typeof import('./own-sdk/start');
    const ledger = new InstrumentLedger();
    const sdk = startOwnSdk({ mode, ledger, version: VERSION, beforeFlush, logs: wantsLogs() });
    if (sdk === undefined) return;
    this.ownSdk = sdk;
    const { tracerProvider: trace, meterProvider: metrics, propagator: propagation } = sdk;
    const logs = () => sdk.loggerProvider as LoggerProviderLike | undefined;
    const sinks = sinksOf({ trace, metrics, propagation, logs }, this.observables, ledger);
    this.own = { trace, metrics, sinks };
  }

  /** Whose SDK takes what is recorded now. */
  kind(): 'agent' | 'own' | 'none' {
    const sinks = this.current();
    if (sinks === undefined) return 'none';
    return sinks === this.own?.sinks ? 'own' : 'agent';
  }

  /** How the exports of our own SDK went; none where the agent has one. */
  deliveries(): readonly DeliveryState[] {
    return this.ownSdk?.deliveries?.() ?? [];
  }

  /** The page of our own SDK for Prometheus. */
  metricsPage(): MetricsPage | undefined {
    return this.ownSdk?.metricsPage;
  }

  private *exportDropped(): Generator<Observation> {
    for (const { signal, lost } of this.deliveries()) yield { attributes: { signal }, value: lost };
  }
}

/**
 * `undefined` for a stand-in. `registerInstrumentations()` and NodeSDK hand over the API's proxy or no-op provider when
 * nothing is registered yet, and with several copies of the API that proxy never gets a delegate: the provider that is
 * registered in the end is found in the global slot.
 */
function real<Provider extends object>(provider: Provider): Provider | undefined {
  const isProxy = 'getDelegate' in provider || '_getDelegate' in provider;
  return isProxy || provider.constructor.name.startsWith('Noop') ? undefined : provider;
}

function sinksOf(source: Source, observables: Observables, ledger: InstrumentLedger): Sinks {
  const meter = source.metrics?.getMeter(NAME, VERSION);
  return {
    tracer: source.trace?.getTracer(NAME, VERSION),
    instruments: meter && createInstruments(meter, ledger, observables),
    propagator: source.propagation,
    logger: () => source.logs()?.getLogger(NAME, VERSION),
  };
}
