/** Kinds of values that the policy's fields share. */
import { z } from 'zod';

/** From the least to the strictest. */
export const MODES = ['off', 'observe', 'enforce'] as const;
export type Mode = (typeof MODES)[number];

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

export const name = z.string().regex(NAME, 'letters, digits, `_`, `.` and `-`, at most 64');

export const alias = z
  .string()
  .regex(/^(?:\*|[A-Za-z0-9][\w.-]{0,63})$/, '`*`, or letters, digits, `_`, `.` and `-`, at most 64');

export const mode = z
  .enum(MODES)
  .optional()
  .describe('Mode of this entry alone.')
  .meta({ 'x-default': 'the mode around it' });

export const count = z.number().int().positive();

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `30s`; not a number for anything else. */
export function milliseconds(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
}

/** A length of time in a range, both ends included. */
export function duration(least: string, most: string) {
  const [from, to] = [milliseconds(least), milliseconds(most)];
  const inRange = (text: string): boolean => milliseconds(text) >= from && milliseconds(text) <= to;
  return z
    .string()
    .regex(DURATION, { message: 'a number and one of ms, s, m, h, d, such as 30s', abort: true })
    .refine(inRange, `a duration from ${least} to ${most}`)
    .meta({ 'x-unit': 'duration', 'x-range': `${least} to ${most}` });
}

/** `[`, `]`, `{`, `}` mean alternatives elsewhere and stand for themselves here: a pattern with one misses its target. */
const glob = z
  .string()
  .min(1)
  .regex(/^[^[\]{}]*$/, '`*` for any text and `?` for one character; alternatives are entries of a list');

/** One glob or several, of which one has to match. */
export const globs = z.union([glob, z.array(glob).min(1)]);

const anyGlob = z.string().min(1);

/** The same over names that may have such characters: user ids, URIs. */
export const globsOverAnything = z.union([anyGlob, z.array(anyGlob).min(1)]);

/** A glob over `server/tool`. */
export const serverAndTool = glob;

const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

/** A folder on the machine of a server: what it would be relative to is not known here. */
export const absoluteFolder = z.string().regex(ABSOLUTE, 'an absolute path, such as /srv/data');

/** A file or folder of our own. */
export const ownPath = z.string().min(1);
