/** Paths from a seed: about half of them harmless, the others leave their root by everything that is known to. */

export interface PathCase {
  readonly root: string;
  readonly path: string;
}

const ROOTS = ['/srv/data', '/', '/home/ünïcode/a b', '/srv/x', 'C:\\data', 'D:/Work/files', 'c:\\'];
// prettier-ignore
const NAMES = [
  'a', 'report.txt', 'Ordner', '..data', 'data..', 'a..b', '...', '.hidden', '.', 'x y', '100%', '%41', '50%25', 'ä', 'données',
  '文件.md', '½', 'ﬁle', '🙂', 'e\u0301', 'data', 'srv', 'con-fig', 'console.log', 'nul-l', 'com10', 'auxiliary', 'İ', '~', '~x',
  'a;b', 'a&b', '[x]', '{y}', '#', '?', '*', '$HOME', 'C', 'lpt', 'prn_', 'x'.repeat(60),
];
// prettier-ignore
const UPS = ['..', '..', '..', '．．', '‥', '.．', '%2e%2e', '..%00', '.. ', '...', '..%20', '..;', '.%2e', '%u002e%u002e', '%c0%ae'];
const SEPARATORS = ['/', '/', '/', '/', '\\', '//', '/./', '\\\\', '／', '＼', '﹨', '%2f', '%5C', '∕', '⁄'];
// prettier-ignore
const NASTY = [
  'CON', 'nul.txt', 'aux .c', 'COM1', 'lpt9.log', 'COM¹', 'conin$', 'ＮＵＬ', 'x:y', 'file.txt::$DATA', 'a：b', 'C:', 'd:x', 'Z:\\x',
  'c:..', '%00', '℀', '~',
];
// prettier-ignore
const FRONTS = ['/', '\\', '//', '\\\\host\\share\\', '//host/share/', '\\\\?\\C:\\', '\\\\.\\', '///', 'C:\\', 'c:/', 'D:\\', 'C:', '~/', ' ', '/?/'];

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function* pathCases(seed: number, count: number): Generator<PathCase> {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const oneOf = (values: readonly string[]): string => values[below(values.length)] ?? '';
  const isLikely = (share: number): boolean => random() < share;
  for (let made = 0; made < count; made += 1) {
    const root = oneOf(ROOTS);
    const isTame = isLikely(0.35);
    let path = front(root, isTame);
    for (let left = 1 + below(6); left > 0; left -= 1) {
      path += step(isTame);
      if (left > 1) path += isTame || isLikely(0.6) ? '/' : oneOf(SEPARATORS);
    }
    yield { root, path: encoded(path, isTame) };
  }

  function front(root: string, isTame: boolean): string {
    if (isLikely(isTame ? 0.3 : 0.2)) {
      const end = isTame ? '/' : oneOf(['/', '\\', '', '-evil/', '/../', '/x/../']);
      return (isLikely(0.15) ? swappedCase(root) : root) + end;
    }
    return !isTame && isLikely(0.12) ? oneOf(FRONTS) : '';
  }

  function step(isTame: boolean): string {
    if (isTame) return isLikely(0.04) ? '..' : oneOf(NAMES);
    if (isLikely(0.35)) return oneOf(UPS);
    return isLikely(0.06) ? oneOf(NASTY) : oneOf(NAMES);
  }

  /** Some characters or all, once to four times. */
  function encoded(path: string, isTame: boolean): string {
    if (isLikely(isTame ? 0.9 : 0.55)) return path;
    const share = isLikely(0.3) ? 1 : 0.3;
    const which = isLikely(0.5) ? /[./\\:~%]/ : /./u;
    let out = path;
    for (let rounds = 1 + below(4); rounds > 0; rounds -= 1) {
      out = Array.from(out, (char) => (which.test(char) && isLikely(share) ? percent(char) : char)).join('');
    }
    return out;
  }

  function percent(char: string): string {
    const escapes = [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    return isLikely(0.5) ? escapes : escapes.toUpperCase();
  }
}

function swappedCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}
