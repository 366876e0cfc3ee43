/** Files of rules that a policy names: read with it, checked with it, watched with it, protected with it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { loadPolicy as loadAll } from '../../src/pipeline/load-policy';
import type { Force } from '../../src/pipeline/policy-activation';
import { PolicyInForce } from '../../src/pipeline/policy-in-force';
import {
  filesOf,
  isSamePolicy,
  loadPolicy,
  protectedPaths,
  resolvedPolicy,
  ruleFilesOf,
} from '../../src/policy/load';
import { PolicyError } from '../../src/policy/problem';
import { watchPolicy, type PolicyChange } from '../../src/policy/watch';
import { expectExit, runProgram } from '../support/run-program';
import { REPOSITORY } from '../support/installs';

const RULE = 'title: own\nname: own\ndetection: {s: {target: x}, condition: s}\n';
const WRONG = RULE.replace('target', 'targt');

interface Place {
  readonly policy: string;
  readonly rules: string;
}

/** A policy that names a file of rules in the folder beside its own. */
function placeFor(context: TestContext, rules = RULE): Place {
  const folder = mkdtempSync(join(tmpdir(), 'rule-files-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'rules'));
  mkdirSync(join(folder, 'policy'));
  const place = { policy: join(folder, 'policy', 'p.yaml'), rules: join(folder, 'rules', 'own.yml') };
  writeFileSync(place.rules, rules, { mode: 0o600 });
  const text = 'version: 1\nid: p\nmonitor:\n  rules:\n    - brute_force\n    - ../rules/own.yml\n';
  writeFileSync(place.policy, text, { mode: 0o600 });
  return place;
}

const CLI = join(REPOSITORY, 'build', 'src', 'cli', 'main.js');

describe('a file of rules', () => {
  test('is relative to the policy, and is one of the files that no tool may touch', (context) => {
    const { policy, rules } = placeFor(context);
    const loaded = loadAll(policy);
    assert.deepEqual(loaded.policy.monitor?.rules, ['brute_force', '../rules/own.yml']);
    assert.deepEqual(resolvedPolicy(loaded).monitor?.rules, ['brute_force', rules]);
    assert.deepEqual(ruleFilesOf(loaded), [{ file: rules, text: RULE }]);
    assert.deepEqual(filesOf(loaded), [policy, rules]);
    assert.ok(protectedPaths(loaded).includes(rules));
    assert.deepEqual(loaded.warnings, []);
  });

  test('makes another policy when its text is another', (context) => {
    const { policy, rules } = placeFor(context);
    const before = loadPolicy(policy);
    assert.equal(isSamePolicy(before, loadPolicy(policy)), true);
    writeFileSync(rules, `${RULE}level: high\n`);
    assert.equal(isSamePolicy(before, loadPolicy(policy)), false);
    assert.equal(before.digest, loadPolicy(policy).digest);
  });

  test(
    'that others can write to is warned of',
    { skip: process.platform === 'win32' && 'no modes' },
    (context) => {
      const { policy, rules } = placeFor(context);
      chmodSync(rules, 0o622);
      assert.deepEqual(
        loadPolicy(policy).warnings.map(({ found, remedy }) => [found, remedy]),
        [[`group or others can write to ${rules}`, `chmod go-w ${rules}`]],
      );
    },
  );

  test('with a mistake is an error that names it and the line; all of several are', (context) => {
    const { policy, rules } = placeFor(context, `${RULE}---\n${WRONG}`);
    assert.throws(
      () => loadAll(policy),
      (error) => {
        assert.ok(error instanceof PolicyError);
        assert.equal(error.problems.length, 1);
        assert.ok(
          error.message.includes(`${rules}:7:17: detection.s.targt: unknown field \`targt\``),
          error.message,
        );
        assert.ok(error.message.includes('did you mean `target`?'));
        return true;
      },
    );
  });

  test('that is no UTF-8, or too large, is one as well, at its place in the policy', (context) => {
    const { policy, rules } = placeFor(context);
    for (const [text, expected] of [
      [Buffer.from([0xff]), 'the file is not UTF-8'],
      ['#'.repeat(1_048_577), 'larger than 1048576 bytes; write a smaller rule'],
    ] as const) {
      writeFileSync(rules, text);
      assert.throws(
        () => loadPolicy(policy),
        (error: Error) => {
          assert.ok(error.message.includes(`${policy}:6:7: monitor.rules[1]: `), error.message);
          return error.message.includes(expected);
        },
      );
    }
  });

  test('is checked by `otel-mcp policy check`', async (context) => {
    const { policy, rules } = placeFor(context);
    const good = await runProgram(CLI, { args: ['policy', 'check', policy] });
    expectExit(good, 0);
    writeFileSync(rules, WRONG);
    const bad = await runProgram(CLI, { args: ['policy', 'check', policy] });
    assert.notEqual(bad.code, 0);
    assert.match(bad.stdout + bad.stderr, /own\.yml:3:17: detection\.s\.targt: unknown field `targt`/);
  });
});

/** Where a policy comes into force, without anything around it. */
const NOWHERE: Force = {
  use() {},
  atEnd() {},
  anchor() {},
  log() {},
  found() {},
  subscribe: () => () => {},
};

test('with a mistake it leaves in force what was, rules and guards', (context) => {
  const { policy, rules } = placeFor(context);
  const inForce = new PolicyInForce(NOWHERE);
  context.after(() => inForce.close());
  const raised = (): unknown[] =>
    [...(inForce.state.monitor?.findings() ?? [])].map(({ attributes, value }) => [attributes, value]);
  inForce.put(loadPolicy(policy));
  const before = raised();
  assert.deepEqual(before.slice(0, 2), [
    [{ rule: 'brute_force', severity: 'high' }, 0],
    [{ rule: 'own', severity: 'medium' }, 0],
  ]);
  writeFileSync(rules, WRONG.replaceAll('own', 'other'));
  writeFileSync(policy, readFileSync(policy, 'utf8').replace('id: p', 'id: q'));
  assert.throws(() => inForce.put(loadPolicy(policy)), PolicyError);
  assert.equal(inForce.id, 'p');
  assert.deepEqual(raised(), before);
  writeFileSync(rules, RULE.replaceAll('own', 'other'));
  inForce.put(loadPolicy(policy));
  assert.equal(inForce.id, 'q');
  assert.ok(JSON.stringify(raised()).includes('"rule":"other"'));
});

async function nextOf(changes: PolicyChange[]): Promise<PolicyChange> {
  const deadline = performance.now() + 5_000;
  while (changes.length === 0) {
    assert.ok(performance.now() < deadline, 'no change was noticed');
    await sleep(5);
  }
  return changes.shift()!;
}

test('a change of a file of rules is a change of the policy, also behind a link', async (context) => {
  const { policy, rules } = placeFor(context);
  const linked = `${rules}.real`;
  writeFileSync(linked, RULE);
  rmSync(rules);
  symlinkSync(linked, rules);
  const changes: PolicyChange[] = [];
  const watch = watchPolicy(loadPolicy(policy), (change) => changes.push(change), {
    quietMs: 20,
    pollMs: 50,
  });
  context.after(() => watch.close());
  const alive = setInterval(() => {}, 1_000);
  context.after(() => clearInterval(alive));
  await sleep(60);
  assert.deepEqual(changes, []);
  writeFileSync(linked, `${RULE}level: high\n`);
  const change = await nextOf(changes);
  assert.equal(change.kind, 'loaded');
  assert.match(change.kind === 'loaded' ? ruleFilesOf(change.loaded)[0]!.text : '', /level: high/);
  rmSync(linked);
  assert.equal((await nextOf(changes)).kind, 'failed');
  writeFileSync(linked, `${RULE}level: high\n`);
  assert.equal((await nextOf(changes)).kind, 'restored');
});
