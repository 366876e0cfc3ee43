/** Names that come from outside, in text for a terminal. */

const LONGEST = 120;
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

const escaped = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A name as it is; with escapes, where it could move the cursor or hide something of itself. */
export function shownName(name: string): string {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  if (!UNSAFE.test(short)) return short;
  return JSON.stringify(short).replaceAll(/[\u007f-\uffff]/g, escaped);
}
