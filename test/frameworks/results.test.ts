/** `results.json`, from which `docs/frameworks.md` is made, is of the rows as they are, and says that they passed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { without } from '../support/check-spans';
import { cellsOf, loadRows } from './cells';
import { readResults, resultOf } from './results';

const AGAIN =
  'the rows changed since the last full run: npm run test:frameworks -- --write, then npm run gen';

test('every cell was run when the results were written', () => {
  const key = ({ row, packages, program, node, format, preload }: ReturnType<typeof resultOf>): string =>
    [row, ...packages, program, node, format, preload].join(' ');
  const wanted = loadRows()
    .flatMap(cellsOf)
    .map((cell) => key(resultOf({ cell, outcome: 'passed', copies: [] })));
  const found = readResults().map(key);
  assert.deepEqual(
    { notRun: without(wanted, found), gone: without(found, wanted) },
    { notRun: [], gone: [] },
    AGAIN,
  );
});

test('no cell failed', () => {
  const failed = readResults().filter(({ outcome }) => outcome === 'failed');
  assert.deepEqual(failed, [], AGAIN);
});
