/** The same figures by programs that share nothing with the report, and what they cost. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import type { Report } from '../../src/report/model';
import { isThere } from './other-programs';
import { temporaryFolder } from './support';

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
    assert.ok(Number(result['bad']) > 0.05 * Number(result['lines']), 'lines were broken');
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

test('of a million users it keeps those who call often, in constant memory', (t) => {
  if (!isThere(t, 'python3', 'install Python 3')) return;
  const usage = join(temporaryFolder(t), 'usage.json');
  const [users, program] = ['test/report/programs/many-users.mjs', 'build/src/cli/main.js'];
  const command = `node ${users} 1000000 | python3 bench/report/usage.py ${usage} node ${program} report - --json --top 50`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  assert.match(stdout, /^\{/, stderr);
  const { by_user, tool_call_stats } = JSON.parse(stdout) as Report;
  assert.equal(tool_call_stats.total_calls, 1_000_000);
  const often = by_user.rows.slice(0, 50);
  assert.deepEqual([...new Set(often.map(({ total_calls }) => total_calls))], [1_000], 'all of their calls');
  assert.ok(often.every(({ name }) => name.startsWith('often')));
  const other = by_user.rows.at(-1)!;
  assert.equal(other.name, '__other__');
  assert.equal(50_000 + by_user.further + other.total_calls, 1_000_000, 'no call is lost');
  const { megabytes } = JSON.parse(readFileSync(usage, 'utf8')) as { megabytes: number };
  assert.ok(megabytes < 150, `${megabytes.toFixed(0)} MB`);
  t.diagnostic(`${megabytes.toFixed(0)} MB`);
});
