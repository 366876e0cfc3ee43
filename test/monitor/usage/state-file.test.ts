/** The file in which parts of the monitor keep what they have learned. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { saidDuring } from '../../../src/core/diagnostics';
import { carryOver, type Persistent } from '../../../src/monitor/state';
import { openStateFile, parseState, restoreParts, type Kept } from '../../../src/monitor/state-file';
import { REPOSITORY } from '../../support/installs';
import { startProgram } from '../../support/run-program';

const PROGRAM = join(REPOSITORY, 'test/monitor/usage/programs/saving.cjs');
const SAVE_MS = 50;

class Part implements Persistent {
  constructor(
    readonly name: string,
    public values: readonly unknown[],
  ) {}

  save(): Iterable<unknown> {
    return this.values;
  }

  restore(saved: readonly unknown[]): void {
    if (saved[0] === 'fails') throw new Error('no');
    this.values = saved;
  }
}

class Learned implements Kept {
  number = 0;
  readonly restores: boolean = true;
  constructor(readonly all: readonly Persistent[]) {}

  parts(): readonly Persistent[] {
    return this.all;
  }

  changes(): number {
    return this.number;
  }
}

function fileIn(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'state-file-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state.json');
}

const written = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    assert.ok(tries < 1_000, 'it never came to that');
    await pause(10);
  }
}

describe('a state file', () => {
  test('keeps each part by its name', (context) => {
    const file = fileIn(context);
    const kept = new Learned([
      new Part('a', [1, 'text', null]),
      new Part('b', []),
      new Part('c', [{ x: [1] }]),
    ]);
    const first = openStateFile(file, kept)!;
    kept.number = 1;
    first.close();
    first.close();
    assert.deepEqual(written(file), {
      kind: 'otel-mcp monitor',
      version: 1,
      parts: { a: [1, 'text', null], b: [], c: [{ x: [1] }] },
    });
    const later = [new Part('c', ['own']), new Part('a', ['own']), new Part('new', ['own'])];
    openStateFile(file, new Learned(later))!.close();
    assert.deepEqual(
      later.map(({ values }) => values),
      [[{ x: [1] }], [1, 'text', null], ['own']],
    );
  });

  test('leaves the parts alone when they know better', (context) => {
    const file = fileIn(context);
    const kept = new Learned([new Part('a', ['old'])]);
    const first = openStateFile(file, kept)!;
    kept.number = 1;
    first.close();
    const part = new Part('a', ['new']);
    const later = Object.assign(new Learned([part]), { restores: false });
    const second = openStateFile(file, later)!;
    assert.deepEqual(part.values, ['new']);
    later.number = 1;
    second.close();
    assert.deepEqual(parseState(readFileSync(file, 'utf8')), { a: ['new'] });
  });

  test('is written when something is new, as it goes on, and not else', async (context) => {
    const file = fileIn(context);
    const part = new Part('a', [1]);
    const kept = new Learned([part]);
    const state = openStateFile(file, kept, SAVE_MS)!;
    await pause(4 * SAVE_MS);
    assert.equal(existsSync(file), false);
    kept.number = 1;
    await until(() => existsSync(file));
    const { ino } = statSync(file);
    await pause(4 * SAVE_MS);
    assert.equal(statSync(file).ino, ino, 'nothing was new');
    part.values = [2];
    kept.number = 2;
    await until(() => readFileSync(file, 'utf8').includes('2\n') || statSync(file).ino !== ino);
    assert.deepEqual(parseState(readFileSync(file, 'utf8')), { a: [2] });
    const last = statSync(file).ino;
    state.close();
    assert.equal(statSync(file).ino, last, 'nothing was new at the end');
    assert.deepEqual(readdirSync(join(file, '..')), ['state.json']);
  });

  test('is written in pieces, between which the agent goes on', async (context) => {
    const file = fileIn(context);
    let turns = 0;
    const between: number[] = [];
    const part: Persistent = {
      name: 'large',
      *save() {
        for (let value = 0; value < 100; value += 1) {
          between.push(turns);
          yield 'x'.repeat(40_000);
        }
      },
      restore() {},
    };
    const kept = new Learned([part]);
    const state = openStateFile(file, kept, SAVE_MS)!;
    context.after(() => state.close());
    const turn = (): void => {
      turns += 1;
      ticking = setImmediate(turn);
    };
    let ticking = setImmediate(turn);
    context.after(() => clearImmediate(ticking));
    kept.number = 1;
    await until(() => existsSync(file));
    assert.ok(new Set(between).size > 20, 'the event loop turned while it was written');
    assert.equal(parseState(readFileSync(file, 'utf8'))?.['large']?.length, 100);
  });

  test('is another process’s once that took it over', async (context) => {
    const file = fileIn(context);
    const kept = new Learned([new Part('a', [1])]);
    const state = openStateFile(file, kept, SAVE_MS)!;
    const said: string[] = [];
    context.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0);
    writeFileSync(`${file}.lock`, JSON.stringify({ pid: process.pid, host: 'another', id: 'x' }));
    kept.number = 1;
    await until(() => said.length > 0);
    assert.match(said.join(''), /another process has taken .*state\.json over: the monitor learns/);
    state.close();
    assert.equal(existsSync(file), false);
    assert.equal(existsSync(`${file}.lock`), true);
  });

  test('of a process that was killed is whole, and nearly as it was', async (context) => {
    const file = fileIn(context);
    let known = 0;
    for (let round = 0; round < 3; round += 1) {
      const { child, result } = startProgram(PROGRAM, { args: [file] });
      let out = '';
      child.stdout.on('data', (text) => (out += text));
      await once(child.stdout, 'data');
      // Sometimes while it is writing.
      await until(() => out.split('saves').length > 3 + round);
      child.kill('SIGKILL');
      assert.equal((await result).stderr, '');
      const [first = -1, ...saves] = [...out.matchAll(/(?:began|saves) (\d+)/g)].map(([, count]) =>
        Number(count),
      );
      assert.equal(first, known);
      known = (parseState(readFileSync(file, 'utf8'))!['count'] as number[])[0]!;
      assert.ok(saves.slice(-2).includes(known), `${known} is none of the last two of ${saves.join()}`);
    }
  });
});

describe('what a file may hold', () => {
  test('is of this kind and version, or of no use', () => {
    const good = { kind: 'otel-mcp monitor', version: 1, parts: { a: [1] } };
    assert.deepEqual(parseState(JSON.stringify(good)), { a: [1] });
    for (const wrong of [
      '',
      'null',
      '[]',
      '7',
      '{',
      JSON.stringify(good).slice(0, -3),
      ...[
        { kind: undefined },
        { version: 2 },
        { version: '1' },
        { parts: [] },
        { parts: { a: 7 } },
        { parts: null },
      ].map((change) => JSON.stringify({ ...good, ...change })),
    ])
      assert.equal(parseState(wrong), undefined, wrong);
  });

  test('may name parts as objects name theirs', () => {
    const part = new Part('constructor', ['own']);
    restoreParts([part, new Part('toString', [])], {});
    assert.deepEqual(part.values, ['own']);
  });

  test('may be more than a part can stand: the others have theirs', () => {
    const parts = [new Part('a', []), new Part('b', []), new Part('c', [])];
    const said: string[] = [];
    saidDuring(
      () => restoreParts(parts, { a: [1], b: ['fails'], c: [3] }),
      (text) => said.push(text),
    );
    assert.deepEqual(
      parts.map(({ values }) => values),
      [[1], [], [3]],
    );
    assert.match(said.join(), /monitor state failed and was bypassed/);
  });
});

test('what was learned is carried over by name', () => {
  const to = [new Part('b', []), new Part('c', ['own'])];
  carryOver([new Part('a', [1]), new Part('b', [2])], to);
  assert.deepEqual(
    to.map(({ values }) => values),
    [[2], ['own']],
  );
});
