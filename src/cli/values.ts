/** Option values as what they mean. */
import { readFileSync } from 'node:fs';

import { DURATION, milliseconds } from '../core/duration';
import type { CommandContext, OptionValue } from './command';
import { CommandError, UsageError } from './command';

type Values = CommandContext['values'];

export const flag = (values: Values, name: string): boolean => values[name] === true;

/** `undefined` where the option is not given. */
export function optional(values: Values, name: string): string | undefined {
  const value: OptionValue = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Of an option that may be repeated. */
export function list(values: Values, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** @throws UsageError when it is no whole number of at least `least` */
export function wholeNumber(values: Values, name: string, least = 0): number | undefined {
  const value = optional(values, name);
  if (value === undefined) return undefined;
  if (/^\d{1,15}$/.test(value) && Number(value) >= least) return Number(value);
  throw new UsageError(`--${name} is a whole number from ${least}, not '${value}'`);
}

/** Milliseconds of `90s`, `24h`, `7d`. */
export function duration(values: Values, name: string): number | undefined {
  const value = optional(values, name);
  if (value === undefined) return undefined;
  if (DURATION.test(value)) return milliseconds(value);
  throw new UsageError(`--${name} is a length of time such as 30m, 24h or 90d, not '${value}'`);
}

/** Milliseconds since 1970: a date, a date and time, or how long ago (`24h`). */
export function moment(values: Values, name: string, now: number): number | undefined {
  const value = optional(values, name);
  if (value === undefined) return undefined;
  if (DURATION.test(value)) return now - milliseconds(value);
  const time = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `--${name} is a time such as 2026-01-31T08:00:00Z, a date, or how long ago such as 24h, not '${value}'`,
  );
}

/** JSON: as given, or of the file behind `@`. */
export function json(values: Values, name: string): unknown {
  const value = optional(values, name);
  if (value === undefined) return undefined;
  const text = value.startsWith('@') ? readFile(value.slice(1)) : value;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`--${name} is no JSON: ${(error as Error).message}`);
  }
}

/** @throws CommandError when it cannot be read */
export function readFile(path: string): string {
  return attempt(() => readFileSync(path, 'utf8'));
}

/** What our own functions throw about files and content is for the user: a message and an exit code, no stack. */
export function attempt<T>(action: () => T, exitCode?: number): T {
  try {
    return action();
  } catch (error) {
    throw new CommandError((error as Error).message, exitCode);
  }
}
