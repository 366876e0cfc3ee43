/** Series of the busiest keys: what is usual in them over time, beside what a key's row says of single intervals. */
import { ANOMALY_SCORE, SeriesDetector, type SavedSeries } from '../series/detector';
import { F, SIGNALS, type Rows } from './row';

const SIGNAL_COUNT = Object.keys(SIGNALS).length;

/** A series takes about 2 kB. The first keys that are busy have them, until they are forgotten. */
const MOST_SERIES = 1_000;
/** A series that is strange counts as such for so many minutes. */
const STRANGE_FOR = 60;
/** The smallest deviations that mean anything: calls, share of errors, logarithms. */
const RESOLUTIONS = [1, 0.02, 0.05, 0.05] as const;

export class SeriesPool {
  private all = new Map<number, SeriesDetector>();

  get size(): number {
    return this.all.size;
  }

  /** @param of - number of the key among all tables’ */
  observe(
    of: number,
    { values }: Rows,
    row: number,
    signal: number,
    minute: number,
    timestamp: number,
    value: number,
  ): void {
    let series = this.all.get(of * SIGNAL_COUNT + signal);
    if (series === undefined) {
      if (this.all.size >= MOST_SERIES) return;
      series = new SeriesDetector({ resolution: RESOLUTIONS[signal]! });
      this.all.set(of * SIGNAL_COUNT + signal, series);
    }
    if (series.observe(timestamp, value) >= ANOMALY_SCORE)
      values[row + F.strangeUntil + signal] = minute + STRANGE_FOR;
  }

  forget(of: number): void {
    for (let signal = 0; signal < SIGNAL_COUNT; signal += 1) this.all.delete(of * SIGNAL_COUNT + signal);
  }

  save(of: number): (SavedSeries | null)[] {
    return Object.values(SIGNALS).map((signal) => this.all.get(of * SIGNAL_COUNT + signal)?.save() ?? null);
  }

  /** Takes over what `save` gave; what is none is left out. */
  restore(of: number, saved: readonly unknown[]): void {
    for (const signal of Object.values(SIGNALS)) {
      if (saved[signal] == null || this.all.size >= MOST_SERIES) continue;
      try {
        const resolution = RESOLUTIONS[signal];
        const series = SeriesDetector.restore(saved[signal] as SavedSeries, { resolution });
        this.all.set(of * SIGNAL_COUNT + signal, series);
      } catch {
        // Another version's: the series begins anew.
      }
    }
  }
}

/** Whether the key's series of that signal was strange lately. */
export const isStrange = (values: Float32Array, row: number, signal: number, minute: number): boolean =>
  values[row + F.strangeUntil + signal]! > minute;
