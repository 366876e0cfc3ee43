/** Values of Sigma rules: `*` is any text, `?` one character, and a backslash before one of them, or before another, takes their meaning. */

export type TextTest = (text: string) => boolean;

/** Code units, and `undefined` for any one. */
type Part = readonly (string | undefined)[];

/** @param isCased - whether upper and lower case are different; Sigma's values are the same in both */
export function textPattern(written: string, isCased: boolean): TextTest {
  const parts = partsOf(isCased ? written : written.toLowerCase());
  const test = testOf(parts);
  return isCased ? test : (text) => test(text.toLowerCase());
}

/** What stands between the stars. */
function partsOf(written: string): readonly Part[] {
  const parts: (string | undefined)[][] = [[]];
  for (let at = 0; at < written.length; at += 1) {
    const character = written[at]!;
    const next = written[at + 1] ?? '';
    if (character === '\\' && /[*?\\]/.test(next)) {
      parts.at(-1)!.push(next);
      at += 1;
    } else if (character === '*') parts.push([]);
    else parts.at(-1)!.push(character === '?' ? undefined : character);
  }
  return parts;
}

function testOf(parts: readonly Part[]): TextTest {
  const first = parts[0]!;
  if (parts.length === 1) return (text) => text.length === first.length && isAt(first, text, 0);
  const last = parts.at(-1)!;
  const between = parts.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !isAt(first, text, 0)) return false;
    const end = text.length - last.length;
    if (!isAt(last, text, end)) return false;
    let at = first.length;
    for (const part of between) {
      at = find(part, text, at);
      if (at === -1) return false;
      at += part.length;
    }
    return at <= end;
  };
}

function isAt(part: Part, text: string, at: number): boolean {
  return part.every((wanted, index) => wanted === undefined || wanted === text[at + index]);
}

/** The first place from `from` on; the leftmost is never worse for what has to follow. */
function find(part: Part, text: string, from: number): number {
  for (let at = from; at + part.length <= text.length; at += 1) if (isAt(part, text, at)) return at;
  return -1;
}
