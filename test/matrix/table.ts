/** The matrix as text: a row per SDK version and era, a column per Node version, four signs in a field. */
import type { CellResult } from './run-cell';

const SIGNS: Record<CellResult['outcome'], string> = { passed: '+', failed: 'X', impossible: '-' };
const FIELD = ['cjs 2.x', 'esm 2.x', 'cjs 3.x', 'esm 3.x'];

const rowOf = (cell: CellResult): string => (cell.era === undefined ? cell.sdk : `${cell.sdk} ${cell.era}`);
const partOf = (cell: CellResult): string => `${cell.module} ${cell.otel}`;

/** `.` in a field: that cell was not asked for. */
export function renderTable(results: CellResult[]): string {
  const rows = [...new Set(results.map(rowOf))];
  const nodes = [...new Set(results.map((cell) => cell.node))];
  const signs = new Map(
    results.map((cell) => [`${rowOf(cell)}|${cell.node}|${partOf(cell)}`, SIGNS[cell.outcome]]),
  );
  const field = (row: string, node: string): string =>
    FIELD.map((part) => signs.get(`${row}|${node}|${part}`) ?? '.').join('');
  const width = Math.max(...rows.map((row) => row.length), 3) + 2;
  const lines = [
    'SDK'.padEnd(width) + nodes.map((node) => node.padEnd(9)).join(''),
    ...rows.map(
      (row) =>
        row.padEnd(width) +
        nodes
          .map((node) => field(row, node).padEnd(9))
          .join('')
          .trimEnd(),
    ),
    `fields: ${FIELD.join(', ')}; + passed, X failed, - cannot exist, . not run`,
  ];
  return lines.join('\n');
}
