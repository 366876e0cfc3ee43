/** `npm run demo:guards` as a newcomer runs it, and what the README quotes of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { blocksOf } from '../readme/blocks';
import { REPOSITORY } from '../support/installs';
import { expectExit, explain, runProgram, type ProgramResult } from '../support/run-program';

const DEMO = join(REPOSITORY, 'examples/guards.mjs');

/** What the agent does that is no business of its own: the step, its denial, and the reason in the audit log. */
const DENIED = [
  ['read another folder', 'denied by guard path_traversal', 'escapes_root'],
  ['write a note', 'denied by guard tool_allowlist', 'not_in_allowlist'],
  ['echo hidden text', 'denied by guard content', 'hidden_characters'],
  ['print the environment', 'denied by guard tool_allowlist', 'not_in_allowlist'],
  ['sum 3', 'denied by guard rate_limit (rule sums), again in 60 s', 'window_full'],
  ['let the server ask our model', 'the tool answered with an error', 'sampling_denied'],
  ['use an unknown server', 'denied by guard server_allowlist (rule *)', 'server_denied'],
] as const;
const ALLOWED = ['list the notes', 'read a note', 'echo', 'sum 1', 'sum 2'];

const shape = (line: string): string => line.replaceAll(/\s+/g, ' ').trim();

describe('npm run demo:guards', () => {
  let result: ProgramResult;
  let observing: string[] = [];
  let enforcing: string[] = [];
  before(async () => {
    result = await runProgram(DEMO, { timeoutMs: 60_000 });
    const [, first = '', second = ''] = result.stdout.split(/^[12]\/2 /m);
    observing = first.split('\n').map(shape);
    enforcing = second.split('\n').map(shape);
  });

  test('ends with exit code 0 and without a word on stderr', () => {
    expectExit(result);
    assert.equal(result.stderr, '');
    assert.equal(stripVTControlCharacters(result.stdout), result.stdout);
  });

  test('observing, nothing is denied and every denial is foretold', () => {
    assert.ok(!observing.some((line) => line.includes('denied by')), explain(result));
    // The server itself refuses this one.
    assert.ok(observing.includes('read another folder: the tool answered with an error'));
    for (const [step] of DENIED.slice(1)) assert.ok(observing.includes(`${step}: done`), step);
    const foretold = observing.filter((line) => line.startsWith('would deny '));
    // The connection to the unknown server is made, and so the call to it is foretold as well.
    assert.deepEqual(
      foretold.map((line) => line.split(' ').at(-1)),
      [...DENIED.map(([, , reason]) => reason), 'server_denied'],
    );
  });

  test('enforcing, that is denied and nothing else', () => {
    for (const step of ALLOWED) assert.ok(enforcing.includes(`${step}: done`), explain(result));
    for (const [step, outcome] of DENIED) assert.ok(enforcing.includes(`${step}: ${outcome}`), step);
    const denied = enforcing.filter((line) => line.startsWith('denied '));
    assert.deepEqual(
      denied.map((line) => line.split(' ').at(-1)),
      DENIED.map(([, , reason]) => reason),
    );
    assert.match(result.stdout, /✓/);
  });

  test('prints the lines that the README quotes', () => {
    const quoted = blocksOf(join(REPOSITORY, 'README.md')).find(({ name }) => name === 'guarded');
    const lines = quoted?.text.split('\n').map(shape) ?? [];
    assert.ok(lines.length > 4);
    const printed = new Set([...observing, ...enforcing]);
    for (const line of lines) assert.ok(printed.has(line), `the demo does not print: ${line}`);
  });
});
