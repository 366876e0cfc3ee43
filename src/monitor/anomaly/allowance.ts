/**
 * How surprising a first has to be. Where users take up new tools every day, a new tool is nothing unusual: whatever is raised
 * raises what the next has to be, and that falls again with time and calls. So the most surprising are raised, and no more than so many.
 */
import { DAY } from './row';

/** In the long run one in four weeks, and one in 150,000 calls. */
const MINUTES = 28 * DAY;
const CALLS = 150_000;
const MOST = 8;

export class Allowance {
  private at: number | undefined;

  /**
   * @param needed - the first surprise that is worth a word
   * @param step - what one that is raised adds
   */
  constructor(
    private needed: number,
    private step: number,
  ) {}

  /** A call that could have been a first. */
  pass(minute: number): void {
    const passed = this.at === undefined ? 0 : Math.max(0, minute - this.at) / MINUTES;
    this.at = minute;
    this.needed = Math.max(0, this.needed - this.step * (passed + 1 / CALLS));
  }

  /**
   * @param surprise - in nats, roughly
   * @returns whether this first is worth a word
   */
  take(surprise: number): boolean {
    if (surprise < this.needed) return false;
    this.needed = Math.min(MOST, this.needed + this.step);
    return true;
  }

  save(): [number, number | null] {
    return [this.needed, this.at ?? null];
  }

  restore(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    const [needed, at] = saved as unknown[];
    if (typeof needed === 'number' && needed >= 0 && needed <= MOST) this.needed = needed;
    if (typeof at === 'number' && Number.isFinite(at)) this.at = at;
  }
}
