/** Names that somebody else has chosen, in the sentence of a finding. */

/** Control and format characters, and what breaks lines. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** On one line, and of `longest` characters at most. */
export function plainName(name: string, longest: number): string {
  const plain = name.slice(0, 2 * longest).replaceAll(UNSEEN, ' ');
  return plain.length <= longest ? plain : `${plain.slice(0, longest - 1)}…`;
}
