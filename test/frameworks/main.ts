/**
 * `npm run test:frameworks`: runs every cell of the table of frameworks, two at a time, and says of each whether it
 * holds. Options: names of rows or packages, `--representative` (one cell per row: the set that CI runs), `--write`
 * (keep the results of these rows in `results.json`, from which `npm run gen` makes `docs/frameworks.md`).
 */
import { parseArgs } from 'node:util';
import { atOnce } from '../support/at-once';
import { wasCutShort } from '../support/cut-short';
import { cellsOf, loadRows, representativeCells, selectRows, title, type NamedRow } from './cells';
import { writeResults } from './results';
import { runCell, type CellResult, type Outcome } from './run-cell';

const AT_ONCE = 2;

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

function printResult({ cell, outcome, problems, command, stderr }: CellResult, verbose: boolean): void {
  print(`${outcome === 'failed' ? 'FAILED' : outcome} ${title(cell)}`);
  if (outcome === 'cannot run') print(`  ${cell.version.cannotRun}`);
  if (outcome !== 'failed') return;
  for (const problem of problems) print(`  ${problem}`);
  print(`  $ ${command}`);
  if (verbose) print(stderr.replaceAll(/^/gm, '  | '));
}

/** A cell that a busy machine cut short says nothing: it is run again when nothing else runs. */
async function repeatCutShort(results: CellResult[], verbose: boolean): Promise<void> {
  for (const [index, result] of results.entries()) {
    if (!wasCutShort(result)) continue;
    print(`again, since the machine was too busy: ${title(result.cell)}`);
    const again = await runCell(result.cell);
    printResult(again, verbose);
    results[index] = again;
  }
}

function printRest(rows: readonly NamedRow[]): number {
  const rest = rows.filter(({ row }) => row.versions.length === 0);
  for (const { row } of rest) print(`cannot run ${row.package}\n  ${row.cannotRun ?? row.notTraced}`);
  return rest.length;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      representative: { type: 'boolean' },
      write: { type: 'boolean' },
      verbose: { type: 'boolean', default: false },
    },
  });
  if (values.representative && values.write) throw new Error('--write keeps whole rows: run all their cells');
  const started = performance.now();
  const every = loadRows();
  const rows = selectRows(every, positionals);
  const cells = values.representative ? representativeCells(rows) : rows.flatMap(cellsOf);
  const results = await atOnce(AT_ONCE, cells, async (cell) => {
    const result = await runCell(cell);
    printResult(result, values.verbose);
    return result;
  });
  await repeatCutShort(results, values.verbose);
  const rest = printRest(rows);
  if (values.write) writeResults(results, new Set(every.map(({ name }) => name)));
  const count = (outcome: Outcome): number => results.filter((one) => one.outcome === outcome).length;
  const seconds = Math.round((performance.now() - started) / 1000);
  print(
    `${results.length + rest} cells: ${count('passed')} passed, ${count('failed')} failed, ${count('cannot run') + rest} cannot run, in ${seconds} s`,
  );
  // A run in which nothing passed has shown nothing.
  if (count('failed') > 0 || count('passed') === 0) process.exitCode = 1;
}

void main();
