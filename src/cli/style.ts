/** Bold, dim and coloured text for a terminal; plain for a pipe, under `NO_COLOR` (https://no-color.org) and `TERM=dumb`. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

export function styleFor(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  const { NO_COLOR, TERM } = environment;
  const coloured = isTerminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
  const wrap = (on: number, off: number) => (text: string) =>
    coloured ? `\u001B[${on}m${text}\u001B[${off}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    yellow: wrap(33, 39),
    green: wrap(32, 39),
  };
}
