/** `results.json`: what the last full run of the table showed, committed so that the documentation can be made of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/installs';
import type { CellResult, Outcome } from './run-cell';

const FILE = join(REPOSITORY, 'test/frameworks/results.json');

export interface Result {
  row: string;
  packages: readonly string[];
  program: string;
  copies: readonly string[];
  node: string;
  format: string;
  preload: string;
  outcome: Outcome;
}

export function readResults(): Result[] {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Result[]) : [];
}

export const resultOf = ({
  cell,
  outcome,
  copies,
}: Pick<CellResult, 'cell' | 'outcome' | 'copies'>): Result => ({
  row: cell.name,
  packages: cell.version.packages,
  program: cell.version.program,
  copies,
  node: cell.node,
  format: cell.format,
  preload: cell.preload,
  outcome,
});

/** Replaces the results of the rows that were run. @param known - names of all rows: others are dropped */
export function writeResults(results: readonly CellResult[], known: ReadonlySet<string>): void {
  const run = new Set(results.map(({ cell }) => cell.name));
  const kept = readResults().filter(({ row }) => known.has(row) && !run.has(row));
  const all = [...kept, ...results.map(resultOf)].toSorted((a, b) => a.row.localeCompare(b.row));
  // A line per result: a run that differs is a difference that can be read.
  writeFileSync(FILE, `[\n${all.map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n]\n`);
}
