/** Random numbers of the distributions that traffic is made of, from a seed. */
import { randomFrom } from '../lib/stats.mjs';

export class Random {
  constructor(seed) {
    this.next = randomFrom(seed);
    for (let warm = 0; warm < 10; warm += 1) this.next();
  }

  chance = (probability) => this.next() < probability;
  uniform = (from, to) => from + (to - from) * this.next();
  below = (count) => Math.floor(this.next() * count);
  pick = (values) => values[this.below(values.length)];

  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  logNormal = (median, sigma) => median * Math.exp(sigma * this.normal());
  exponential = (mean) => -mean * Math.log(1 - this.next());

  /** 1 and more. */
  geometric(mean) {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - this.next()) / Math.log(1 - 1 / mean));
  }

  poisson(mean) {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let count = 0;
    for (let product = this.next(); product > Math.exp(-mean); product *= this.next()) count += 1;
    return count;
  }

  /** An index, by weights. */
  weighted(weights) {
    let left = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    const at = weights.findIndex((weight) => (left -= weight) < 0);
    return at < 0 ? weights.length - 1 : at;
  }

  sample(values, count) {
    const rest = [...values];
    return Array.from(
      { length: Math.min(count, rest.length) },
      () => rest.splice(this.below(rest.length), 1)[0],
    );
  }
}
