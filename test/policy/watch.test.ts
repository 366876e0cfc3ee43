/** Reload with real files. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { loadPolicy, resolvedPolicy } from '../../src/policy/load';
import type { PolicyError } from '../../src/policy/problem';
import type { PolicyChange } from '../../src/policy/watch';
import { watchPolicy } from '../../src/policy/watch';
import { expectExit, runProgram } from '../support/run-program';
import { REPOSITORY } from '../support/installs';

const OPTIONS = { quietMs: 20, pollMs: 50 };
const PATIENCE_MS = 5_000;

const text = (id: string): string => `version: 1\nid: ${id}\n`;

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'policy-watch-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Watches `file` and hands the changes over one by one. */
function watched(context: TestContext, file: string, isLoaded = true) {
  const changes: PolicyChange[] = [];
  let taken = 0;
  const watch = watchPolicy(
    isLoaded ? loadPolicy(file) : file,
    (change) => {
      changes.push(change);
    },
    OPTIONS,
  );
  context.after(() => watch.close());
  // An agent is kept alive by something else; so is the test.
  const alive = setInterval(() => {}, 1_000);
  context.after(() => clearInterval(alive));
  return {
    watch,
    next: async (): Promise<string> => {
      const deadline = performance.now() + PATIENCE_MS;
      while (changes.length === taken) {
        assert.ok(performance.now() < deadline, 'no change was noticed');
        await sleep(5);
      }
      const change = changes[taken]!;
      taken += 1;
      return change.kind === 'loaded' ? `loaded ${change.loaded.policy.id}` : change.kind;
    },
    last: () => changes.at(-1),
    nothingMore: async (): Promise<void> => {
      await sleep(OPTIONS.quietMs * 15);
      assert.equal(changes.length, taken, 'there was a further change');
    },
  };
}

describe('a policy file that changes', () => {
  test('is loaded again; the same content is no change', async (context) => {
    const file = join(folderFor(context), 'policy.yaml');
    writeFileSync(file, text('one'));
    const { next, nothingMore } = watched(context, file);
    writeFileSync(file, text('two'));
    assert.equal(await next(), 'loaded two');
    writeFileSync(file, text('two'));
    utimesSync(file, 1, 1);
    await nothingMore();
    writeFileSync(file, text('three'));
    assert.equal(await next(), 'loaded three');
  });

  test('a change between load and watch is noticed', async (context) => {
    const file = join(folderFor(context), 'policy.yaml');
    writeFileSync(file, text('one'));
    const loaded = loadPolicy(file);
    writeFileSync(file, text('two'));
    const kinds: string[] = [];
    const watch = watchPolicy(loaded, ({ kind }) => kinds.push(kind), { quietMs: 1e9 });
    context.after(() => watch.close());
    watch.check();
    assert.deepEqual(kinds, ['loaded']);
  });

  test('when it is invalid nothing is loaded, and it is said once, with the place', async (context) => {
    const file = join(folderFor(context), 'policy.yaml');
    writeFileSync(file, text('one'));
    const { next, last, nothingMore } = watched(context, file);
    writeFileSync(file, 'version: 1\nid: two\nmod: enforce\n');
    assert.equal(await next(), 'failed');
    const change = last();
    assert.equal(change?.kind, 'failed');
    const { problems } = (change as { error: PolicyError }).error;
    assert.deepEqual(
      problems.map(({ line, path }) => [line, path]),
      [[3, 'mod']],
    );
    await nothingMore();
    writeFileSync(file, text('one'));
    assert.equal(await next(), 'restored');
    writeFileSync(file, text('two'));
    assert.equal(await next(), 'loaded two');
  });

  test('an editor that puts a new file in its place', async (context) => {
    const folder = folderFor(context);
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, text('one'));
    const { next } = watched(context, file);
    for (const id of ['two', 'three', 'four']) {
      writeFileSync(`${file}.tmp`, text(id));
      renameSync(`${file}.tmp`, file);
      assert.equal(await next(), `loaded ${id}`);
    }
  });

  test('deleted and back', async (context) => {
    const file = join(folderFor(context), 'policy.yaml');
    writeFileSync(file, text('one'));
    const { next, nothingMore } = watched(context, file);
    unlinkSync(file);
    assert.equal(await next(), 'failed');
    await nothingMore();
    writeFileSync(file, text('one'));
    assert.equal(await next(), 'restored');
    unlinkSync(file);
    assert.equal(await next(), 'failed');
    writeFileSync(file, text('two'));
    assert.equal(await next(), 'loaded two');
  });

  test('its whole folder goes and comes back', async (context) => {
    const folder = join(folderFor(context), 'conf');
    const file = join(folder, 'policy.yaml');
    mkdirSync(folder);
    writeFileSync(file, text('one'));
    const { next } = watched(context, file);
    renameSync(folder, `${folder}-old`);
    assert.equal(await next(), 'failed');
    mkdirSync(folder);
    writeFileSync(file, text('two'));
    assert.equal(await next(), 'loaded two');
    writeFileSync(file, text('three'));
    assert.equal(await next(), 'loaded three');
  });

  const links = { skip: process.platform === 'win32' && 'symbolic links need a privilege on Windows' };

  test('a Kubernetes ConfigMap: the link behind the link is exchanged', links, async (context) => {
    const folder = folderFor(context);
    const put = (version: string): void => {
      mkdirSync(join(folder, `..${version}`));
      writeFileSync(join(folder, `..${version}`, 'policy.yaml'), text(version));
      symlinkSync(`..${version}`, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    put('v1');
    symlinkSync(join('..data', 'policy.yaml'), join(folder, 'policy.yaml'));
    const { next } = watched(context, join(folder, 'policy.yaml'));
    put('v2');
    rmSync(join(folder, '..v1'), { recursive: true });
    assert.equal(await next(), 'loaded v2');
    put('v3');
    rmSync(join(folder, '..v2'), { recursive: true });
    assert.equal(await next(), 'loaded v3');
  });

  test('a link to a file in another folder, which changes there', links, async (context) => {
    const folder = folderFor(context);
    mkdirSync(join(folder, 'real'));
    mkdirSync(join(folder, 'conf'));
    writeFileSync(join(folder, 'real', 'p.yaml'), text('one'));
    symlinkSync(join('..', 'real', 'p.yaml'), join(folder, 'conf', 'policy.yaml'));
    const { next } = watched(context, join(folder, 'conf', 'policy.yaml'));
    writeFileSync(join(folder, 'real', 'p.yaml'), text('two'));
    assert.equal(await next(), 'loaded two');
  });

  test('a file of ${file:…} that changes, is missing and comes', async (context) => {
    const folder = folderFor(context);
    const file = join(folder, 'policy.yaml');
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets', 'redis'), 'redis://one');
    writeFileSync(file, `${text('one')}limits: {store: {redis: {url: "\${file:secrets/redis}"}}}\n`);
    const { next, last } = watched(context, file);
    writeFileSync(join(folder, 'secrets', 'redis'), 'redis://two');
    assert.equal(await next(), 'loaded one');
    const change = last();
    assert.ok(change?.kind === 'loaded');
    const store = resolvedPolicy(change.loaded).limits?.store;
    assert.equal(typeof store === 'object' ? store.redis?.url : undefined, 'redis://two');
    unlinkSync(join(folder, 'secrets', 'redis'));
    assert.equal(await next(), 'failed');
    writeFileSync(join(folder, 'secrets', 'redis'), 'redis://two');
    assert.equal(await next(), 'restored');
  });

  test('a policy that was invalid at the start is loaded when it is mended', async (context) => {
    const file = join(folderFor(context), 'policy.yaml');
    writeFileSync(file, 'version: 2\n');
    const { next, nothingMore } = watched(context, file, false);
    await nothingMore();
    writeFileSync(file, text('one'));
    assert.equal(await next(), 'loaded one');
  });

  test('a neighbour that is written all the time does not keep it from being read', async (context) => {
    const folder = folderFor(context);
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, text('one'));
    const { next } = watched(context, file);
    const noise = setInterval(() => writeFileSync(join(folder, 'audit.jsonl'), 'x', { flag: 'a' }), 2);
    context.after(() => clearInterval(noise));
    writeFileSync(file, text('two'));
    assert.equal(await next(), 'loaded two');
    assert.ok(statSync(join(folder, 'audit.jsonl')).size > 0);
  });

  test('after close nothing is told', async (context) => {
    const file = join(folderFor(context), 'policy.yaml');
    writeFileSync(file, text('one'));
    const { watch, nothingMore } = watched(context, file);
    watch.close();
    writeFileSync(file, text('two'));
    watch.check();
    await nothingMore();
  });

  test('it keeps no process alive, in force or failed', async (context) => {
    const folder = folderFor(context);
    writeFileSync(join(folder, 'good.yaml'), text('one'));
    for (const current of ['loadPolicy(file)', '`${file}.missing`']) {
      const program = `
        const { loadPolicy } = require('./build/src/policy/load.js');
        const { watchPolicy } = require('./build/src/policy/watch.js');
        const file = ${JSON.stringify(join(folder, 'good.yaml'))};
        watchPolicy(${current}, () => {}, { quietMs: 1, pollMs: 1 }).check();
        console.log('watching');`;
      const { stdout } = expectExit(await runProgram('-e', { args: [program], cwd: REPOSITORY }));
      assert.equal(stdout.trim(), 'watching');
    }
  });
});
