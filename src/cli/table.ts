/** Rows for a person, each column as wide as its widest cell. */
import type { Style } from './style';

/**
 * Rows under a head.
 *
 * @param numeric - indices of columns that are aligned to the right
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  numeric: readonly number[] = [],
): string[] {
  const widths = head.map((cell, index) =>
    Math.max(cell.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) =>
        numeric.includes(index) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [style.dim(`  ${line(head)}`), ...rows.map((row) => `  ${line(row)}`)];
}

/** Two indented columns. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`.trimEnd());
}
