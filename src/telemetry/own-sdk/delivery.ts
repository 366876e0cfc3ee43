/** What could not be delivered, in numbers, and why: said once when it begins and once at the end of the process. */
import { say, warnOnce } from '../../core/diagnostics';
import { otlpEndpoint, type Environment, type ExportPlan, type Signal } from './configuration';

const ALL = ['traces', 'metrics', 'logs'] as const satisfies readonly Signal[];
const UNIT: Record<Signal, string> = { traces: 'spans', metrics: 'metric points', logs: 'log records' };

/** How the exports of one signal went. Times are Unix milliseconds, absent where there was none. */
export interface DeliveryState {
  readonly signal: Signal;
  readonly lost: number;
  readonly deliveredAt?: number;
  readonly failedAt?: number;
  /** Why the last failed one failed. */
  readonly reason?: string;
}

export class Delivery {
  readonly #environment: Environment;
  /** Those that are sent by anybody. */
  readonly #signals: readonly Signal[];
  readonly #lost: Record<Signal, number> = { traces: 0, metrics: 0, logs: 0 };
  readonly #reasons = new Map<string, string>();
  readonly #last = new Map<Signal, Omit<DeliveryState, 'signal' | 'lost'>>();
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

  /** An export arrived. */
  delivered(signal: Signal): void {
    this.#last.set(signal, { ...this.#last.get(signal), deliveredAt: Date.now() });
  }

  /** An export failed. Said once per signal while the process runs. */
  failed(signal: Signal, reason: string): void {
    this.#last.set(signal, { ...this.#last.get(signal), failedAt: Date.now(), reason });
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

  /** The process ends: what fails now is not tried again. */
  get isEnding(): boolean {
    return this.#ending;
  }

  /** Whether anything was lost since {@link beginExit}. */
  hasNews(): boolean {
    return this.#isNews;
  }

  /** Of every signal that is sent. */
  states(): readonly DeliveryState[] {
    return this.#signals.map((signal) => ({ signal, lost: this.#lost[signal], ...this.#last.get(signal) }));
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
