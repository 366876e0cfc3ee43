/**
 * Globs over names: `*` is any text, also with slashes, `?` is one character, everything else is itself. A name that a
 * server chose must not slip past a pattern, and a pattern must not cost more than its length times the name's.
 */

/** Whether the whole of `text` matches `pattern`. */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let position = 0;
  // Where to go on when what follows the last `*` did not match.
  let star = -1;
  let resume = 0;
  while (position < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at;
      at += 1;
      resume = position;
    } else if (at < pattern.length && (wanted === '?' || wanted === text[position])) {
      at += 1;
      position += 1;
    } else if (star !== -1) {
      at = star + 1;
      resume += 1;
      position = resume;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** A pattern or several, of which one has to match. */
export type Globs = string | readonly string[];

export function anyGlobMatches(patterns: Globs, text: string): boolean {
  if (typeof patterns === 'string') return globMatches(patterns, text);
  return patterns.some((pattern) => globMatches(pattern, text));
}
