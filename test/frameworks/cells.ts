/** The rows and their cells. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Preload } from '../support/run-program';
import { NEWEST_NODE, type ModuleKind, type Row, type Version } from './row';

export interface Cell {
  /** Name of the row's file. */
  name: string;
  row: Row;
  version: Version;
  node: string;
  format: ModuleKind;
  preload: Extract<Preload, 'require' | 'import' | 'inherited'>;
}

export interface NamedRow {
  name: string;
  row: Row;
}

/** Every row, by name of its file. */
export function loadRows(): NamedRow[] {
  const folder = join(__dirname, 'rows');
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'));
  return files
    .toSorted((a, b) => a.localeCompare(b))
    .map((file) => ({
      name: basename(file, '.js'),
      // oxlint-disable-next-line typescript/no-require-imports -- so that adding a file adds a row
      row: (require(join(folder, file)) as { row: Row }).row,
    }));
}

function preloadsOf({ inherited }: Version, node: string, format: ModuleKind): readonly Cell['preload'][] {
  if (inherited === true) return ['inherited'];
  // Both ways of preloading an ESM program are what a user may write.
  return format === 'esm' && node === NEWEST_NODE ? ['require', 'import'] : ['require'];
}

function cellsOfVersion({ name, row }: NamedRow, version: Version): Cell[] {
  return version.nodes.flatMap((node) =>
    version.formats.flatMap((format) =>
      preloadsOf(version, node, format).map((preload) => ({ name, row, version, node, format, preload })),
    ),
  );
}

export function cellsOf(named: NamedRow): Cell[] {
  return named.row.versions.flatMap((version) => cellsOfVersion(named, version));
}

/** One cell per row that can run, on the newest Node where the row has it; kinds of module take turns. */
export function representativeCells(rows: readonly NamedRow[]): Cell[] {
  return rows.flatMap((named, index) => {
    const cells = cellsOf(named).filter((cell) => cell.version.cannotRun === undefined);
    const newest = cells.filter((cell) => cell.node === NEWEST_NODE);
    const candidates = newest.length > 0 ? newest : cells;
    const format = index % 2 === 0 ? 'esm' : 'cjs';
    const chosen = candidates.findLast((cell) => cell.format === format) ?? candidates.at(-1);
    return chosen === undefined ? [] : [chosen];
  });
}

/** Rows that match one of the words: name of the file or the package. No words: all. */
export function selectRows(rows: readonly NamedRow[], words: readonly string[]): NamedRow[] {
  for (const word of words) {
    if (!rows.some((one) => isCalled(one, word))) throw new Error(`there is no row '${word}'`);
  }
  return rows.filter((one) => words.length === 0 || words.some((word) => isCalled(one, word)));
}

const isCalled = ({ name, row }: NamedRow, word: string): boolean => name === word || row.package === word;

export const title = ({ row, version, node, format, preload }: Cell): string =>
  `${version.packages[0] ?? row.package} ${format} Node ${node} ${preload === 'inherited' ? 'NODE_OPTIONS' : `--${preload}`}`;
