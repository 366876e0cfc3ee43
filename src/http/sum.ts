/** What a metric shows, over all its label sets. */
export function sum(observations: Iterable<{ readonly value: number }>): number {
  let total = 0;
  for (const { value } of observations) total += value;
  return total;
}
