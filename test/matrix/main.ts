/**
 * `npm run test:matrix`: runs every cell of SDK version, module kind, Node version and OpenTelemetry line, two at a
 * time, prints a table and writes `build/matrix.json`. Options: `--sdk 1.4.1,2.4.0 --node 20.6.1 --otel 3.x
 * --module esm` (comma-separated lists), `--representative` (the set that CI runs).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { atOnce } from '../support/at-once';
import { wasCutShort } from '../support/cut-short';
import { REPOSITORY } from '../support/installs';
import { representativeCells, selectCells, type Cell } from './cells';
import { packageVersion, runCell, type CellResult } from './run-cell';
import { renderTable } from './table';

const AT_ONCE = 2;

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

const split = (given: string[] | undefined): string[] | undefined =>
  given?.flatMap((text) => text.split(','));

function chosenCells(): Cell[] {
  const list = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    options: { sdk: list, node: list, otel: list, module: list, representative: { type: 'boolean' } },
  });
  if (values.representative) return representativeCells();
  return selectCells({
    sdk: split(values.sdk),
    node: split(values.node),
    otel: split(values.otel),
    module: split(values.module),
  });
}

const title = (cell: Cell): string =>
  [`SDK ${cell.sdk}`, cell.era, cell.module, `Node ${cell.node}`, `OTel ${cell.otel}`]
    .filter(Boolean)
    .join(' ');

async function runAll(cells: Cell[]): Promise<CellResult[]> {
  let done = 0;
  const results = await atOnce(AT_ONCE, cells, async (cell) => {
    const result = await runCell(cell);
    done += 1;
    if (result.outcome === 'failed' && !wasCutShort(result)) printFailure(result);
    if (process.stderr.isTTY) process.stderr.write(`\r${done}/${cells.length} ${title(cell)}\u001B[K`);
    else if (done % 50 === 0) process.stderr.write(`${done}/${cells.length}\n`);
    return result;
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  return results;
}

/** Cells that a busy machine cut short are run again when nothing else runs, one at a time. @returns how many */
async function repeatCutShort(results: CellResult[]): Promise<number> {
  const cutShort = [...results.entries()].filter(([, result]) => wasCutShort(result));
  for (const [index, result] of cutShort) {
    let again = await runCell(result);
    if (wasCutShort(again)) again = await runCell(result);
    if (again.outcome === 'failed') printFailure(again);
    results[index] = again;
  }
  return cutShort.length;
}

function printFailure(result: CellResult): void {
  print(`FAILED ${title(result)} (${result.preload})`);
  for (const problem of result.problems) print(`  ${problem}`);
  print(`  $ ${result.command}`);
}

function printReasons(results: CellResult[]): void {
  const reasons = new Map<string, number>();
  for (const { impossible } of results) {
    if (impossible !== undefined) reasons.set(impossible, (reasons.get(impossible) ?? 0) + 1);
  }
  for (const [reason, count] of reasons) print(`cannot exist (${count}): ${reason}`);
}

async function main(): Promise<void> {
  const cells = chosenCells();
  if (cells.length === 0) throw new Error('no cell matches these options');
  const started = performance.now();
  const results = await runAll(cells);
  const repeated = await repeatCutShort(results);
  print(renderTable(results));
  printReasons(results);
  const count = (outcome: CellResult['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length;
  const seconds = Math.round((performance.now() - started) / 1000);
  print(
    `${results.length} cells: ${count('passed')} passed, ${count('failed')} failed, ${count('impossible')} cannot exist, in ${seconds} s`,
  );
  if (repeated > 0)
    print(`${repeated} cells were repeated: the machine was too busy to deliver within the cap at exit`);
  const report = { version: packageVersion(REPOSITORY), platform: process.platform, cells: results };
  writeFileSync(join(REPOSITORY, 'build/matrix.json'), `${JSON.stringify(report, null, 1)}\n`);
  // A run in which nothing passed has shown nothing.
  if (count('failed') > 0 || count('passed') === 0) process.exitCode = 1;
}

void main();
