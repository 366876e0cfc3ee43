/** Completion scripts: what bash offers, and that every shell's script names every command and option. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { join } from 'node:path';

import { COMMANDS } from '../../src/cli/commands';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');

const script = async (shell: string): Promise<string> =>
  expectExit(await runProgram(PROGRAM, { args: ['completion', shell] })).stdout;

test('bash completes commands, commands of a group, options, values and files', async (t) => {
  if (spawnSync('bash', ['--version']).status !== 0) return t.skip('there is no bash');
  const source = await script('bash');
  const offered = (...words: string[]): string[] => {
    const ask =
      'eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _otel_mcp; echo "${COMPREPLY[@]}"';
    const options = { cwd: REPOSITORY, encoding: 'utf8' } as const;
    return execFileSync('bash', ['-c', ask, 'bash', source, 'otel-mcp', ...words], options)
      .trim()
      .split(' ');
  };
  assert.ok(['env', 'health', 'audit', 'completion'].every((word) => offered('').includes(word)));
  assert.deepEqual(offered('he'), ['health']);
  assert.deepEqual(offered('audit', 'v'), ['verify']);
  assert.deepEqual(offered('audit', 'verify', '--key'), ['--key-file']);
  assert.deepEqual(offered('audit', 'convert', '--to', 'c').toSorted(), ['cef', 'cloudevents']);
  assert.deepEqual(offered('audit', 'verify', 'README'), ['README.md']);
});

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`${shell}: every command and option is in its script`, async () => {
    const source = await script(shell);
    for (const [name, { options }] of Object.entries(COMMANDS)) {
      for (const word of name.split(' ')) assert.ok(source.includes(word), `${shell}: ${word}`);
      for (const option of Object.keys(options)) {
        assert.ok(source.includes(shell === 'fish' ? `-l ${option} ` : `--${option}`), `${shell}: ${option}`);
      }
    }
  });
}

test('a shell that there is no script for is a wrong command line', async () => {
  const { stderr } = expectExit(await runProgram(PROGRAM, { args: ['completion', 'tcsh'] }), 64);
  assert.match(stderr, /'completion' needs one of bash, zsh, fish/);
});

test('every command says how it is used, with examples, before anything else', async () => {
  for (const [name, command] of Object.entries(COMMANDS)) {
    const { stdout } = expectExit(await runProgram(PROGRAM, { args: [...name.split(' '), '--help'] }));
    assert.match(stdout, new RegExp(`^otel-mcp ${name}: `));
    assert.ok(command.examples.length > 0, name);
    assert.ok(stdout.includes(command.examples[0]!.line), name);
    assert.match(stdout, /^Exit codes\n {2}0 +done$/m, name);
  }
});
