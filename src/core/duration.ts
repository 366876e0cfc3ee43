/** Lengths of time as people write them: `30s`, `1.5h`, `90d`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `30s`; not a number for anything else. */
export function milliseconds(length: string): number {
  const [, number, unit] = DURATION.exec(length) ?? [];
  return Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
}
