/** Checks of what a state file holds, which may be anything. */

/** Whether it is a whole number from 0 to `most`. */
export function isWhole(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

/** @returns `undefined` unless it is an array of exactly `length`, or any number of, whole numbers up to `most` */
export function wholes(value: unknown, most: number, length?: number): readonly number[] | undefined {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) return undefined;
  return value.every((one) => isWhole(one, most)) ? value : undefined;
}
