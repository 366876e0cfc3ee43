/** How much memory a value may hold, without looking at all of it. */

/** Values that are looked at: large texts are near the top of what MCP sends. */
const MOST = 64;
/** Of one list or object. */
const OF_ONE = 16;
/** What an element of a list has at least. */
const ELEMENT = 16;

/** @returns about how many characters of text there are, in less than a few microseconds */
export function charactersIn(value: unknown): number {
  const waiting = [value];
  let characters = 0;
  for (let looked = 0; looked < MOST && waiting.length > 0; looked += 1) {
    const one = waiting.pop();
    if (typeof one === 'string') characters += one.length;
    else if (Array.isArray(one)) {
      characters += one.length * ELEMENT;
      waiting.push(...one.slice(0, OF_ONE));
    } else if (typeof one === 'object' && one !== null) addMembers(one, waiting);
  }
  return characters;
}

function addMembers(of: object, to: unknown[]): void {
  let added = 0;
  for (const key in of) {
    if (added === OF_ONE) return;
    to.push((of as Record<string, unknown>)[key]);
    added += 1;
  }
}
