/** No tool may touch the files that this package lives by. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, it } from 'node:test';

import { compilePolicy } from '../../src/guards/compile';
import type { PolicyInput } from '../../src/policy/schema';
import { counters, policy, toolCall } from './support/input';

let folder: string;
let file: string;
let audit: string;
before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'own-files-')));
  file = join(folder, 'policy.yaml');
  audit = join(folder, 'audit');
  mkdirSync(audit);
  writeFileSync(file, '');
  writeFileSync(join(folder, 'notes.txt'), '');
});
after(() => rmSync(folder, { recursive: true, force: true }));

function denied(path: string, given: Omit<PolicyInput, 'version' | 'id'> = {}, name = 'path'): unknown {
  const written = policy({ mode: 'enforce', ...given });
  const ownFiles = [file, audit, join(folder, 'tools.lock.json')];
  const { engine } = compilePolicy(written, { clock: () => 0, counters: counters(), ownFiles });
  const { denial, decisions } = engine.decide(toolCall({ args: { [name]: path } }));
  const found = decisions.find(({ reason }) => reason === 'own_file');
  return found && [denial?.guard, denial?.kind, found.action];
}

describe('files of the policy', () => {
  const blocked = ['path_traversal', 'access_denied', 'blocked'];

  it('are denied without a section for paths, by any name that leads to them', () => {
    const link = join(folder, 'link');
    symlinkSync(folder, link);
    for (const path of [
      file,
      join(folder, 'x', '..', 'policy.yaml').replace('policy', 'x/../policy'),
      relative(process.cwd(), file),
      pathToFileURL(file).href,
      file.replaceAll('/', '%2F'),
      join(link, 'policy.yaml'),
      join(folder, 'tools.lock.json'),
      audit,
      join(audit, 'today.jsonl'),
      join(link, 'audit', 'x.jsonl'),
      file.toUpperCase(),
    ]) {
      assert.deepEqual(denied(path), blocked, path);
    }
  });

  it('are denied under the names that copies and moves have, and by those of the policy', () => {
    assert.deepEqual(denied(file, {}, 'source'), blocked);
    assert.deepEqual(denied(file, { paths: { args: ['where'] } }, 'where'), blocked);
  });

  it('are denied from the root of the server', () => {
    assert.deepEqual(denied('policy.yaml', { paths: { root: folder } }), blocked);
    assert.deepEqual(denied('./audit/a.jsonl', { paths: { root: folder } }), blocked);
  });

  it('are denied behind links within the root, and behind links out of it', () => {
    const root = join(folder, 'served');
    mkdirSync(root);
    symlinkSync(file, join(root, 'within.txt'));
    assert.deepEqual(denied('within.txt', { paths: { root: folder } }), undefined);
    assert.deepEqual(denied('served/within.txt', { paths: { root: folder } }), blocked);
    const { engine } = compilePolicy(policy({ mode: 'enforce', paths: { root } }), {
      clock: () => 0,
      counters: counters(),
      ownFiles: [file],
    });
    const { denial } = engine.decide(toolCall({ args: { path: 'within.txt' } }));
    assert.equal(denial?.guard, 'path_traversal');
    const lax: NonNullable<PolicyInput['paths']> = { root, follow_symlinks: 'ignore' };
    assert.deepEqual(denied('within.txt', { paths: lax }), blocked);
  });

  it('stay denied when the guard of paths is off, and are observed under observe', () => {
    assert.deepEqual(denied(file, { paths: { mode: 'off' } }), blocked);
    assert.deepEqual(denied(file, { mode: 'observe' }), [undefined, undefined, 'observed']);
  });

  it('give nothing to say about others', () => {
    for (const path of [
      join(folder, 'notes.txt'),
      `${file}.bak`,
      join(folder, 'audits'),
      'policy.yaml',
      'https://example.com/policy.yaml',
      `${'a/'.repeat(50_000)}b`,
    ]) {
      assert.equal(denied(path), undefined, path.slice(0, 100));
    }
  });
});
