/** Numbers as the page shows them: two significant digits, since no unit cost is known to more. */

const STEPS = [
  [1e15, 'PB'],
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
] as const;

const rounded = (value: number): number => Number(value.toPrecision(2));

/** Powers of 1,000: `1.2 kB`. */
export function bytes(value: number): string {
  const found = STEPS.find(([size]) => rounded(value) >= size);
  if (found === undefined) return `${rounded(value)} B`;
  return `${rounded(value / found[0])} ${found[1]}`;
}

/** With commas, or in millions: `12,000`, `6.1 million`. */
export function many(value: number): string {
  if (rounded(value) >= 1e6) return `${rounded(value / 1e6).toLocaleString('en')} million`;
  return rounded(value).toLocaleString('en');
}

export const cores = (value: number): string => (value < 0.01 ? 'below 0.01' : many(value));

export const percent = (value: number): string => `${Math.round(value * 100)} %`;

/** How many times. */
export const share = (value: number): string => String(rounded(value));

/** @param seconds - shown as milliseconds */
export const milliseconds = (seconds: number): string => String(rounded(seconds * 1000));
