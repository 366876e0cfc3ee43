/** What goes to the terminal: colours where they help and are wanted, and numbers in columns. */
import { stripVTControlCharacters } from 'node:util';

const { isTTY } = process.stdout;
const wanted = isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const paint = (code) => (text) => (wanted ? `\u001B[${code}m${text}\u001B[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const blue = paint(34);
export const cyan = paint(36);

export function print(line = '') {
  process.stdout.write(`${line}\n`);
}

export function heading(title) {
  print();
  print(bold(title));
}

/** Pads by what is seen: colour codes have no width. Longer text is cut. */
export function column(text, width) {
  const seen = stripVTControlCharacters(text);
  if (seen.length > width) return `${seen.slice(0, width - 1)}…`;
  return text + ' '.repeat(width - seen.length);
}

/** Nanoseconds as milliseconds, right-aligned. */
export function milliseconds(nanoseconds, width) {
  return (Number(nanoseconds) / 1e6).toFixed(1).padStart(width);
}
