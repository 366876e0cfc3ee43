/** What could not be delivered, in numbers, and why: said once when it begins and once at the end of the process. */
import { say, warnOnce } from '../../core/diagnostics';
import { otlpEndpoint, type Environment, type ExportPlan, type Signal } from './configuration';

const ALL = ['traces', 'metrics', 'logs'] as const satisfies readonly Signal[];
const UNIT: Record<Signal, string> = { traces: 'spans', metrics: 'metric points', logs: 'log records' };

export class Delivery {
  readonly #environment: Environment;
  /** Those that are sent by anybody. */
  readonly #signals: readonly Signal[];
  readonly #lost: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 };
  readonly #reasons = new Map<string, string>();
  #ending = false;
  #isNews = false;

  constructor(environment: Environment, plan: Pick<ExportPlan, Signal>) {
    this.#environment = environment;
    this.#signals = ALL.filter((signal) => plan[signal].length > 0);
  }

  /** Items that the process will not send again. */
  lost(signal: Signal, count: number, reason: string): void {
    if (count === 0) return;
    this.#lost[signal] += count;
    this.#isNews = true;
    this.#reasons.set(this.#place(signal), reason);
  }

  /** An export failed. Said once per signal while the process runs. */
  failed(signal: Signal, reason: string): void {
    if (this.#ending) return; // `sayAtExit` does.
    warnOnce(
      `export:${signal}`,
      `${signal} could not be exported to ${this.#place(signal)} (${reason}); further failures are only counted`,
    );
  }

  beginExit(): void {
    this.#ending = true;
    this.#isNews = false;
  }

  /** Whether anything was lost since {@link beginExit}. */
  hasNews(): boolean {
    return this.#isNews;
  }

  /** Items lost since the start, of every signal that is sent. */
  counts(): Readonly<Partial<Record<Signal, number>>> {
    return Object.fromEntries(this.#signals.map((signal) => [signal, this.#lost[signal]]));
  }

  /** One line, when anything was lost. */
  sayAtExit(): void {
    const counts = this.#signals
      .filter((signal) => this.#lost[signal] > 0)
      .map((signal) => `${this.#lost[signal]} ${UNIT[signal]}`);
    if (counts.length === 0) return;
    const why = [...this.#reasons].map(([place, reason]) => `${place}: ${reason}`).join('; ');
    say(`not delivered: ${counts.join(', ')} (${why})`);
  }

  #place(signal: Signal): string {
    return otlpEndpoint(this.#environment, signal);
  }
}
