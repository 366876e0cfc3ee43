/**
 * Characters that a reader does not see and a model does: bidirectional controls, invisible characters, tags.
 *
 * What is part of writing is left alone: joiners in scripts that need them and in emoji, and tags in flags.
 */

/** Bidirectional controls, invisible and format characters, fillers, line separators, and what Unicode keeps for such. */
const INVISIBLE = String.raw`[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0080}-\u{e00ff}\u{e01f0}-\u{e0fff}]`;
/** Variation selectors behind a letter or space that has no variants, or behind another one: 256 of them spell any byte. */
const VARIATION = String.raw`(?<![^A-Za-z\s\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f]|(?<!\p{Script=Han})[\u{e0100}-\u{e01ef}]`;
/** Tags, save in a flag: those have at most six and an end (UTS #51). No more is looked back at, for it costs. */
const TAG = String.raw`(?<!\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{0,6})[\u{e0000}-\u{e007f}]`;
/** A joiner behind something that joins with nothing. */
const JOINS = String.raw`\p{Extended_Pictographic}|[\ufe0f\u{1f3fb}-\u{1f3ff}]|(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\p{L}\p{M}]`;
const JOINER = String.raw`(?<!${JOINS})[\u200c\u200d]`;

const HIDDEN = new RegExp(`${INVISIBLE}|${VARIATION}|${TAG}|${JOINER}`, 'u');
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu');
const NOT_ASCII = /[^\0-\x7f]/;

export function hasHiddenCharacters(text: string): boolean {
  return NOT_ASCII.test(text) && HIDDEN.test(text);
}

/** The text without them. */
export function withoutHiddenCharacters(text: string): string {
  let stripped = text;
  // What is left may hide something again: a joiner whose letter is gone.
  while (hasHiddenCharacters(stripped)) stripped = stripped.replaceAll(ALL_HIDDEN, '');
  return stripped;
}
