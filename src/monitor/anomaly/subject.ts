/** What an event is about, as the detectors see it, and how they raise something. */
import type { DetectorName } from '../../policy/monitor-fields';
import type { MonitoringEvent } from '../event';
import type { Tails } from './evidence';
import type { KeyTable } from './key-table';
import type { SeriesPool } from './series-pool';
import { named } from './words';

/** A key of the event at hand. Reused: nothing keeps it. */
export interface KeyInHand {
  readonly kind: 'tool' | 'user';
  readonly table: KeyTable;
  readonly tails: Tails;
  slot: number;
  /** Where its row begins. */
  row: number;
}

export interface Anomaly {
  readonly detector: DetectorName;
  readonly score: number;
  readonly description: string;
  readonly count?: number;
  /** Minute in which it began. */
  readonly since: number;
}

export interface Subject {
  event: MonitoringEvent;
  minute: number;
  readonly tool: KeyInHand;
  /** `undefined` for a call of nobody. */
  user: KeyInHand | undefined;
  readonly series: SeriesPool;
  /** @returns false when the detector is off, too little is known of the key, or it is silent after a finding */
  isReady(detector: DetectorName, key: KeyInHand): boolean;
  raise(anomaly: Anomaly, key: KeyInHand): void;
}

/** `search on crm`, `alice` */
export function nameOf({ kind, table, slot }: KeyInHand): string {
  const [first, second] = table.namesAt(slot) ?? ['', ''];
  if (kind === 'user') return named(second);
  return first === '' ? named(second) : `${named(second)} on ${named(first)}`;
}

/** Number of a key among those of all tables, for its series. */
export const seriesOf = ({ kind }: KeyInHand, slot: number): number => slot * 2 + (kind === 'tool' ? 0 : 1);

/** One more value of a series of the key. */
export function observeSeries(
  { series, minute, event }: Subject,
  key: KeyInHand,
  signal: number,
  value: number,
  timestamp = event.timestamp,
): void {
  series.observe(seriesOf(key, key.slot), key.table, key.row, signal, minute, timestamp, value);
}
