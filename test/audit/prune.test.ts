/** Old files are deleted, young ones never. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { pruneAudit } from '../../src/audit/prune';
import { temporaryFolder } from './support';

const NOW = Date.UTC(2026, 10, 21, 12);
const DAY = 86_400_000;

const nameOf = (age: number): string => {
  const day = new Date(NOW - age * DAY).toISOString().slice(0, 10).replaceAll('-', '');
  return `audit-${day}-host-1-0123abcd.jsonl`;
};

const AGES = [0, 89, 90, 91, 200, 400];

function folderOfAges(t: { after(work: () => void): void }): string {
  const folder = temporaryFolder(t);
  for (const age of AGES) writeFileSync(join(folder, nameOf(age)), 'x'.repeat(age));
  for (const name of ['run.log', 'audit-20000101.jsonl', 'audit.key']) writeFileSync(join(folder, name), 'x');
  writeFileSync(join(folder, `${nameOf(300)}.gz`), 'x');
  return folder;
}

for (const [name, options, days, deleted] of [
  ['90 days without a policy', {}, 90, [400, 300, 200, 91]],
  ['never fewer than 90', { olderThanDays: 1, retentionDays: 1 }, 90, [400, 300, 200, 91]],
  ['as long as the policy says', { olderThanDays: 90, retentionDays: 365 }, 365, [400]],
  ['longer when asked', { olderThanDays: 250, retentionDays: 90 }, 250, [400, 300]],
] as const) {
  test(`keeps ${name}`, (t) => {
    const folder = folderOfAges(t);
    const before = readdirSync(folder).length;
    const planned = pruneAudit(folder, { ...options, now: NOW, dryRun: true });
    assert.equal(readdirSync(folder).length, before, 'nothing is deleted in a dry run');
    const result = pruneAudit(folder, { ...options, now: NOW });
    const expected = deleted.map((age) => `${nameOf(age)}${age === 300 ? '.gz' : ''}`);
    assert.deepEqual(
      result.files.map(({ path }) => basename(path)),
      expected,
    );
    assert.deepEqual(
      planned.files.map(({ path, isDeleted }) => [path, isDeleted]),
      result.files.map(({ path }) => [path, false]),
    );
    assert.ok(result.files.every(({ isDeleted, bytes }) => isDeleted && bytes > 0));
    assert.equal(result.days, days);
    assert.equal(readdirSync(folder).length, before - deleted.length);
  });
}
