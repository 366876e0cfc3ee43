/** The fenced blocks of a Markdown file, each named by the comment `<!-- check: NAME -->` before it. */
import { readFileSync } from 'node:fs';

export interface Block {
  name: string;
  language: string;
  text: string;
}

const FENCE = /(?:<!-- check: (\S+) -->\s*)?^```(\S*)\n([\s\S]*?)^```$/gm;

export function blocksOf(file: string): Block[] {
  const found = readFileSync(file, 'utf8').matchAll(FENCE);
  return [...found].map(([, name = '', language = '', text = '']) => ({
    name,
    language,
    text: text.trimEnd(),
  }));
}
