/** The signal table as OpenTelemetry instruments. Every record goes to the ledger, which the exit flush reads too. */
import type { Context, Histogram, Meter, Observable, ObservableResult } from '@opentelemetry/api';

import type { InstrumentLedger, LedgerAttributes, LedgerSeries, Observation, SeriesTable } from './ledger';
import { addToSeries } from './ledger';
import { OTHER_ATTRIBUTE, OTHER_LABEL } from './labels';
import { GUARD_SIGNALS } from './guard-signals';
import type { Signal } from './signals';
import { SIGNALS } from './signals';

/** Attributes whose number of values is bounded by what they mean; all others are folded past the limit of sets. */
const FEW_VALUED = new Set([
  'status',
  'guard',
  'action',
  'verdict',
  'mode',
  'label',
  'component',
  'mcp.method.name',
  'gen_ai.operation.name',
  'network.transport',
  'network.protocol.name',
  'mcp.protocol.version',
]);

/**
 * One instrument. Histograms hand every record to OpenTelemetry. Counters are observable and show our sums when they
 * are collected, which costs a call nothing.
 */
export class Instrument {
  constructor(
    private readonly table: SeriesTable,
    private readonly histogram: Histogram | undefined,
  ) {}

  /**
   * The series of a label set, folded when the instrument has too many.
   *
   * @param key - names the label set: equal keys must mean equal attributes
   */
  series(key: string, attributes: LedgerAttributes): LedgerSeries {
    return this.table.series(key, attributes, fold);
  }

  /**
   * @param value - in the instrument's unit
   * @param context - the call's context, for exemplars
   */
  record(value: number, series: LedgerSeries, context?: Context): void {
    addToSeries(series, value, this.table.signal.boundaries);
    this.histogram?.record(value, series.attributes, context);
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

/** The series of a label set. */
export function seriesOf(instrument: Instrument, attributes: LedgerAttributes): LedgerSeries {
  let key = '';
  for (const name in attributes) key += `${name}\u0000${attributes[name]}\u0000`;
  return instrument.series(key, attributes);
}

/** Signals that are recorded; the others are read from tables kept elsewhere. */
export type RecordedName = Exclude<keyof typeof SIGNALS, keyof Observables>;

/** Sources of the signals that are not recorded. */
export interface Observables {
  activeConnections(): Iterable<Observation>;
  internalErrors(): Iterable<Observation>;
  exportDropped(): Iterable<Observation>;
}

export type GuardInstruments = Readonly<Record<GuardRecordedName, Instrument>>;

/** Signals of guards that are recorded; the others show the state of the policy in force. */
type GuardRecordedName = Exclude<keyof typeof GUARD_SIGNALS, keyof GuardReadings>;

const GUARD_READINGS = [
  'policyInfo',
  'policyLoadErrors',
  'breakerState',
  'storeErrors',
  'auditRecords',
  'auditDropped',
  'auditHeadSeq',
  'stateEvictions',
  'findings',
  'authAttempts',
  'monitorDropped',
] as const satisfies readonly (keyof typeof GUARD_SIGNALS)[];

/** Sources of the signals that show what guards, audit log and policy are like now. */
export type GuardReadings = Readonly<Record<(typeof GUARD_READINGS)[number], () => Iterable<Observation>>>;

export type Instruments = Readonly<Record<RecordedName, Instrument>> & {
  /** Made at the first decision: without guards there are none. */
  guards(): GuardInstruments;
  /** Shows the state of the policy in force, once per set of instruments. */
  showGuards(readings: GuardReadings): void;
  /** Takes the observables off a provider that is no longer in use; what was recorded stays with it. */
  dispose(): void;
};

export function createInstruments(
  meter: Meter,
  ledger: InstrumentLedger,
  observables: Observables,
): Instruments {
  const overflow: Instrument = create(SIGNALS.labelsOverflow, () => {});
  const foldedSet = () => overflow.record(1, overflow.series('set', { label: 'set' }));

  function create(signal: Signal, overflowed: () => void = foldedSet): Instrument {
    const table = ledger.table(signal, overflowed);
    if (signal.type === 'histogram') return new Instrument(table, createHistogram(meter, signal));
    observe(meter, signal, () => observations(table));
    return new Instrument(table, undefined);
  }

  function show(signal: Signal, read: () => Iterable<Observation>): () => void {
    ledger.observe(signal, read);
    return observe(meter, signal, read);
  }

  let guards: GuardInstruments | undefined;
  const createGuards = (): GuardInstruments => ({
    accessDenied: create(GUARD_SIGNALS.accessDenied),
    rateLimitHits: create(GUARD_SIGNALS.rateLimitHits),
    budgetExceeded: create(GUARD_SIGNALS.budgetExceeded),
    decisions: create(GUARD_SIGNALS.decisions),
    guardDuration: create(GUARD_SIGNALS.guardDuration),
  });

  let isShown = false;
  const showGuards = (readings: GuardReadings) => {
    if (isShown) return;
    isShown = true;
    for (const name of GUARD_READINGS) {
      shown.push(show(GUARD_SIGNALS[name], () => readings[name]()));
    }
  };

  const shown = [
    show(SIGNALS.activeConnections, () => observables.activeConnections()),
    show(SIGNALS.internalErrors, () => observables.internalErrors()),
    show(SIGNALS.exportDropped, () => observables.exportDropped()),
  ];
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
    guards: () => (guards ??= createGuards()),
    showGuards,
    dispose: () => shown.forEach((stop) => stop()),
  };
}

function createObservable(
  meter: Meter,
  type: Signal['type'],
  name: string,
  options: { readonly unit: string; readonly description: string },
): Observable {
  if (type === 'counter') return meter.createObservableCounter(name, options);
  if (type === 'gauge') return meter.createObservableGauge(name, options);
  return meter.createObservableUpDownCounter(name, options);
}

function createHistogram(meter: Meter, { name, unit, description, boundaries = [] }: Signal): Histogram {
  return meter.createHistogram(name, {
    unit,
    description,
    advice: { explicitBucketBoundaries: [...boundaries] },
  });
}

function* observations(table: SeriesTable): Generator<Observation> {
  for (const { attributes, sum } of table.all) yield { attributes, value: sum };
}

/** @returns a function that takes the instrument's callback off again */
function observe(meter: Meter, signal: Signal, read: () => Iterable<Observation>): () => void {
  const { name, unit, description } = signal;
  const instrument = createObservable(meter, signal.type, name, { unit, description });
  const callback = (result: ObservableResult) => {
    for (const { value, attributes } of read()) result.observe(value, attributes);
  };
  instrument.addCallback(callback);
  return () => instrument.removeCallback(callback);
}
