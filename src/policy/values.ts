/** Kinds of values that the policy's fields share. */
import { z } from 'zod';

import { DURATION, milliseconds } from '../core/duration';

/** From the least to the strictest. */
export const MODES = ['off', 'observe', 'enforce'] as const;
export type Mode = (typeof MODES)[number];

/**
 * Text of a form that has words.
 *
 * @param form - said in errors
 * @param shown - said in the reference
 */
export function text(pattern: RegExp, form: string, shown: string = form) {
  return z.string().regex(pattern, { message: form, abort: true }).meta({ 'x-form': form, 'x-shown': shown });
}

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

export const name = text(NAME, 'letters, digits, `_`, `.` and `-`, at most 64', 'a name');

export const alias = text(
  /^(?:\*|[A-Za-z0-9][\w.-]{0,63})$/,
  '`*`, or letters, digits, `_`, `.` and `-`, at most 64',
  'a name, or `*`',
);

export const mode = z
  .enum(MODES)
  .optional()
  .describe('Mode of this entry alone.')
  .meta({ 'x-default': 'the mode around it' });

export const count = z.number().int().positive();

/** A length of time in a range, both ends included. */
export function duration(least: string, most: string) {
  const [from, to] = [milliseconds(least), milliseconds(most)];
  const inRange = (given: string): boolean => milliseconds(given) >= from && milliseconds(given) <= to;
  return text(DURATION, 'a number and one of ms, s, m, h, d, such as 30s')
    .refine(inRange, `a duration from ${least} to ${most}`)
    .meta({ 'x-unit': 'duration', 'x-range': `${least} to ${most}` });
}

/** `[`, `]`, `{`, `}` mean alternatives elsewhere and stand for themselves here: a pattern with one misses its target. */
const glob = text(
  /^[^[\]{}]+$/,
  '`*` for any text and `?` for one character; alternatives are entries of a list',
  'a glob',
);

const GLOBS = 'a glob, or a list of globs';

/** One glob or several, of which one has to match. */
export const globs = z.union([glob, z.array(glob).min(1)]).meta({ 'x-shown': GLOBS });

const anyGlob = z.string().min(1);

/** The same over names that may have such characters: user ids, URIs. */
export const globsOverAnything = z.union([anyGlob, z.array(anyGlob).min(1)]).meta({ 'x-shown': GLOBS });

/** A glob over `server/tool`. */
export const serverAndTool = glob;

const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

/** A folder on the machine of a server: what it would be relative to is not known here. */
export const absoluteFolder = text(ABSOLUTE, 'an absolute path, such as /srv/data');

/** A file or folder of our own. */
export const ownPath = z.string().min(1);
