/** The same figures by programs that share nothing with the report, and what they cost. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { isThere } from './other-programs';

const bench = (name: string): string => join(REPOSITORY, 'bench/report', name);

function resultOf(args: readonly string[]): Record<string, unknown> {
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(stdout, /^\{/, `${args.join(' ')}\n${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('counts as Python counts, and percentiles within 1 %, of a log of which 5 % is broken', (t) => {
  if (!isThere(t, 'python3', 'install Python 3')) return;
  for (const seed of ['7', '8']) {
    const result = resultOf([bench('exact.mjs'), '--lines', '30000', '--seed', seed]);
    assert.deepEqual(result['problems'], []);
    assert.ok(Number(result['bad']) > 0.045 * Number(result['lines']), 'lines were broken');
    assert.ok(Number(result['counts']) > 3_000 && Number(result['percentiles']) > 1_000);
    assert.ok(Number(result['largest_percentile_difference']) > 0, 'they come from a sketch');
  }
});

interface Measured {
  readonly isEqual: boolean;
  readonly report: { readonly megabytes: number };
  readonly fasterCpu: number;
}

test('over 100 MB it counts what jq counts, in a third of the time and constant memory', (t) => {
  if (!isThere(t, 'python3', 'install Python 3')) return;
  if (!isThere(t, 'jq', 'install jq')) return;
  const result = resultOf([
    bench('run.mjs'),
    '--mb',
    '100',
    '--rounds',
    '1',
    '--json',
  ]) as unknown as Measured;
  assert.equal(result.isEqual, true, 'the totals are the same');
  assert.ok(result.fasterCpu >= 3, `${result.fasterCpu.toFixed(1)} times as fast as jq`);
  assert.ok(result.report.megabytes < 150, `${result.report.megabytes.toFixed(0)} MB`);
});
