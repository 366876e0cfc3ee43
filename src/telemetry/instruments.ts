/** The signal table as OpenTelemetry instruments. Every record also goes to the ledger, which the exit flush reads. */
import type { Context, Meter } from '@opentelemetry/api';

import type { InstrumentLedger, LedgerAttributes, LedgerSeries, Observation, SeriesTable } from './ledger';
import { addToSeries } from './ledger';
import { OTHER_ATTRIBUTE, OTHER_LABEL } from './labels';
import type { Signal } from './signals';
import { SIGNALS } from './signals';

/** Attributes whose number of values is bounded by what they mean; all others are folded past the limit of sets. */
const FEW_VALUED = new Set([
  'status',
  'guard',
  'action',
  'label',
  'component',
  'mcp.method.name',
  'gen_ai.operation.name',
  'network.transport',
  'network.protocol.name',
  'mcp.protocol.version',
]);

type RecordFunction = (value: number, attributes: LedgerAttributes, context?: Context) => void;

/** One instrument: hands records to OpenTelemetry and keeps its label sets. */
export class Instrument {
  private readonly table: SeriesTable;

  constructor(
    private readonly signal: Signal,
    private readonly forward: RecordFunction,
    ledger: InstrumentLedger,
    overflowed: () => void,
  ) {
    this.table = ledger.table(signal, overflowed);
  }

  /**
   * @param value - in the instrument's unit
   * @param key - names the label set; equal keys must mean equal attributes
   * @param attributes - makes the label set, the first time its key is seen
   * @param context - the call's context, for exemplars
   */
  record(value: number, key: string, attributes: () => LedgerAttributes, context?: Context): void {
    const series: LedgerSeries = this.table.series(key, attributes, fold);
    addToSeries(series, value, this.signal.boundaries);
    this.forward(value, series.attributes, context);
  }
}

/** Keeps what has few values by its nature, so that a folded set still says how calls ended. */
function fold(all: LedgerAttributes): LedgerAttributes {
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => {
      if (FEW_VALUED.has(key)) return [key, value];
      return [key, key.includes('.') ? OTHER_ATTRIBUTE : OTHER_LABEL];
    }),
  );
}

type RecordedName = {
  [Name in keyof typeof SIGNALS]: (typeof SIGNALS)[Name] extends { observable: true } ? never : Name;
}[keyof typeof SIGNALS];

/** Sources of the observable instruments. */
export interface Observables {
  activeConnections(): Iterable<Observation>;
  internalErrors(): Iterable<Observation>;
}

export type Instruments = Readonly<Record<RecordedName, Instrument>> & { dispose(): void };

export function createInstruments(
  meter: Meter,
  ledger: InstrumentLedger,
  observables: Observables,
): Instruments {
  const overflow: Instrument = create(SIGNALS.labelsOverflow, () => {});
  const foldedSet = () => overflow.record(1, 'set', () => ({ label: 'set' }));
  const dispose = [
    observe(meter, ledger, SIGNALS.activeConnections, () => observables.activeConnections()),
    observe(meter, ledger, SIGNALS.internalErrors, () => observables.internalErrors()),
  ];

  function create(signal: Signal, overflowed: () => void = foldedSet): Instrument {
    return new Instrument(signal, recorderOf(meter, signal), ledger, overflowed);
  }

  return {
    clientOperationDuration: create(SIGNALS.clientOperationDuration),
    serverOperationDuration: create(SIGNALS.serverOperationDuration),
    clientSessionDuration: create(SIGNALS.clientSessionDuration),
    serverSessionDuration: create(SIGNALS.serverSessionDuration),
    toolCalls: create(SIGNALS.toolCalls),
    toolCallDuration: create(SIGNALS.toolCallDuration),
    toolCallErrors: create(SIGNALS.toolCallErrors),
    connectionErrors: create(SIGNALS.connectionErrors),
    labelsOverflow: overflow,
    dispose: () => dispose.forEach((stop) => stop()),
  };
}

function recorderOf(meter: Meter, signal: Signal): RecordFunction {
  const { name, unit, description, boundaries } = signal;
  if (signal.type === 'histogram') {
    const advice = boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: [...boundaries] } };
    const histogram = meter.createHistogram(name, { unit, description, ...advice });
    return (value, attributes, context) => histogram.record(value, attributes, context);
  }
  const counter = meter.createCounter(name, { unit, description });
  return (value, attributes, context) => counter.add(value, attributes, context);
}

/** @returns a function that takes the instrument's callback off again */
function observe(
  meter: Meter,
  ledger: InstrumentLedger,
  signal: Signal,
  read: () => Iterable<Observation>,
): () => void {
  const { name, unit, description } = signal;
  ledger.observe(signal, read);
  const instrument =
    signal.type === 'counter'
      ? meter.createObservableCounter(name, { unit, description })
      : meter.createObservableUpDownCounter(name, { unit, description });
  const callback = (result: { observe(value: number, attributes: LedgerAttributes): void }) => {
    for (const { value, attributes } of read()) result.observe(value, attributes);
  };
  instrument.addCallback(callback);
  return () => instrument.removeCallback(callback);
}
