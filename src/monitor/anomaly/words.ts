/** Numbers and names as a person reads them. */
import { plainName } from '../plain-name';

const LONGEST_NAME = 80;

/** A name that somebody else has chosen. */
export const named = (name: string): string => plainName(name, LONGEST_NAME);

/** Two significant digits, and never less than whole from ten on. */
function rounded(value: number): string {
  if (value >= 10) return String(Math.round(value));
  if (value >= 1) return String(Number(value.toFixed(1)));
  return String(Number(value.toPrecision(1)));
}

interface Unit {
  readonly from: number;
  readonly name: string;
}

const TIMES: readonly Unit[] = [
  { from: 1, name: 'ms' },
  { from: 1_000, name: 's' },
  { from: 60_000, name: 'min' },
];
const SIZES: readonly Unit[] = [
  { from: 1, name: 'bytes' },
  { from: 1e3, name: 'kB' },
  { from: 1e6, name: 'MB' },
  { from: 1e9, name: 'GB' },
];

const unitOf = (value: number, units: readonly Unit[], step = 1): Unit =>
  units.findLast(({ from }) => value >= from * step) ?? units[0]!;

const inUnits = (value: number, units: readonly Unit[]): string => {
  const unit = unitOf(value, units);
  return `${rounded(value / unit.from)} ${unit.name}`;
};

function rangeIn(low: number, high: number, units: readonly Unit[]): string {
  // "0.2–0.6 s" rather than "200–600 ms" beside seconds; the upper end decides.
  const unit = unitOf(high, units, high >= 250 ? 0.2 : 1);
  const [from, to] = [rounded(low / unit.from), rounded(high / unit.from)];
  return from === to ? `${to} ${unit.name}` : `${from}–${to} ${unit.name}`;
}

export const time = (ms: number): string => inUnits(ms, TIMES);
export const timeRange = (low: number, high: number): string => rangeIn(low, high, TIMES);
export const size = (bytes: number): string => inUnits(bytes, SIZES);
export const sizeRange = (low: number, high: number): string => rangeIn(low, high, SIZES);
export const factor = (value: number): string => rounded(value);

/** `1.2 %` */
export const percent = (share: number): string => `${rounded(share * 100)} %`;

export const range = (low: number, high: number): string => (low === high ? String(low) : `${low}–${high}`);

/** `26 min`, `3 h`, `2 days` */
export function span(minutes: number): string {
  if (minutes < 1.5) return 'a minute';
  if (minutes < 90) return `${Math.round(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 60 / 24)} days`;
}
