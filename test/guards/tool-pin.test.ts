/** Pinned definitions: what is digested, what the lock file holds, and what is decided by it. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { Session } from '../../src/core/call';
import { compilePolicy } from '../../src/guards/compile';
import { definitionDigest, ToolDefinitions } from '../../src/guards/tool-definitions';
import { ToolLock } from '../../src/guards/tool-lock';
import type { PolicyInput } from '../../src/policy/schema';
import { counters, policy, session, toolCall } from './support/input';

type Pin = Omit<NonNullable<PolicyInput['tools_pin']>, 'file'>;

const SECRET = 'https://mcp.example.com/mcp?token=hunter2';
const DIGEST = `sha256:${'0'.repeat(64)}`;
const tool = (name: string, description = 'Finds.') => ({
  name,
  description,
  inputSchema: { type: 'object' },
});

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tool-pin-'));
  file = join(folder, 'tools.lock.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the digest of a definition', () => {
  it('is pinned: other programs compare it', () => {
    assert.equal(
      definitionDigest({ name: 'a', description: 'ä', inputSchema: { type: 'object' } }),
      'sha256:e2ec272f302f459d061606faebbca5b72fa2ee9915e8aacc1ea9f7f97dfb184b',
    );
  });

  it('does not depend on the order of fields, nor on those that a model is not told', () => {
    const one = { name: 'a', inputSchema: { type: 'object', properties: { b: {}, a: {} } } };
    const other = {
      inputSchema: { properties: { a: {}, b: {} }, type: 'object' },
      name: 'a',
      _meta: { x: 1 },
    };
    assert.equal(definitionDigest(one), definitionDigest(other));
  });

  it('changes with every field that a model is told', () => {
    const full = {
      name: 'a',
      title: 't',
      description: 'd',
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: true },
    };
    const digests = Object.keys(full).map((field) => definitionDigest({ ...full, [field]: { changed: 1 } }));
    assert.equal(new Set([definitionDigest(full), ...digests]).size, 7);
  });
});

describe('the lock file', () => {
  it('is sorted, holds no secret, and is for its owner alone', () => {
    const lock = new ToolLock(file);
    const crm = session(SECRET, 'crm');
    for (const name of ['b', 'a', '__proto__']) lock.add(crm, name, DIGEST);
    lock.save();
    const text = readFileSync(file, 'utf8');
    assert.doesNotMatch(text, /hunter2|example/);
    assert.deepEqual(
      [...text.matchAll(/"(a|b|__proto__)"/g)].map(([, name]) => name),
      ['__proto__', 'a', 'b'],
    );
    assert.match(text, /"name": "crm"/);
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(new ToolLock(file).digestOf(session(SECRET), '__proto__', 0), DIGEST);
    assert.equal(new ToolLock(file).digestOf(session(`${SECRET}2`), 'a', 0), undefined);
    assert.deepEqual(readdirSync(folder), ['tools.lock.json']);
  });

  it('keeps what others wrote, and what they pinned first', () => {
    const one = session('one', 'one');
    const [mine, theirs] = [new ToolLock(file), new ToolLock(file)];
    mine.add(one, 'a', DIGEST);
    theirs.add(one, 'a', DIGEST.replaceAll('0', '1'));
    theirs.add(session('two', 'two'), 'c', DIGEST);
    theirs.save();
    mine.add(one, 'b', DIGEST);
    mine.save();
    const read = new ToolLock(file);
    assert.equal(read.digestOf(one, 'a', 0), DIGEST.replaceAll('0', '1'));
    assert.equal(read.digestOf(one, 'b', 0), DIGEST);
    assert.equal(read.digestOf(session('two'), 'c', 0), DIGEST);
    assert.equal(mine.digestOf(one, 'a', 0), DIGEST.replaceAll('0', '1'));
  });

  it('is read again when it changed, at most once a second', () => {
    const one = session('one', 'one');
    const lock = new ToolLock(file);
    assert.equal(lock.digestOf(one, 'a', 0), undefined);
    const other = new ToolLock(file);
    other.add(one, 'a', DIGEST);
    other.save();
    assert.equal(lock.digestOf(one, 'a', 999), undefined);
    assert.equal(lock.digestOf(one, 'a', 1_000), DIGEST);
  });

  for (const [what, text] of Object.entries({
    'no JSON': '{',
    'another version': '{"version": 2, "servers": {}}',
    'no servers': '{"version": 1}',
    'a digest of another kind': '{"version": 1, "servers": {"s": {"tools": {"a": "md5:1"}}}}',
  })) {
    it(`that is ${what} is an error, until it is mended`, () => {
      writeFileSync(file, text);
      const lock = new ToolLock(file);
      assert.throws(() => lock.digestOf(session(), 'a', 0), /lock file/);
      assert.throws(() => lock.digestOf(session(), 'a', 10), /lock file/);
      writeFileSync(file, '{"version": 1, "servers": {}}');
      assert.equal(lock.digestOf(session(), 'a', 2_000), undefined);
    });
  }

  it(
    'stays a link, and keeps its mode',
    { skip: process.platform === 'win32' && 'links need rights there' },
    () => {
      const target = join(folder, 'real.json');
      writeFileSync(target, '{"version": 1, "servers": {}}');
      chmodSync(target, 0o644);
      symlinkSync(target, file);
      const lock = new ToolLock(file);
      lock.add(session(), 'a', DIGEST);
      lock.save();
      assert.ok(lstatSync(file).isSymbolicLink());
      assert.equal(statSync(target).mode & 0o777, 0o644);
      assert.match(readFileSync(target, 'utf8'), /sha256:0{64}/);
    },
  );
});

describe('a pinned tool', () => {
  let now = 0;
  function agent(pin: Pin, mode: 'observe' | 'enforce' = 'enforce', one: Session = session()) {
    const written = policy({ mode, tools_pin: { file, ...pin } });
    const definitions = new ToolDefinitions();
    const { engine } = compilePolicy(written, { clock: () => now, counters: counters(), definitions });
    const input = (name: string) => toolCall({ tool: name, session: one, now: (now += 2_000) });
    return {
      list: (...tools: ReturnType<typeof tool>[]) => {
        definitions.note(one, tools);
        const ruling = engine.reviewDefinitions(input(''), tools);
        return [ruling.tools.map(({ name }) => name), ruling.decisions.map(brief)];
      },
      call: (name: string) => {
        const { decisions, denial } = engine.decide(input(name));
        return [denial?.kind, ...decisions.filter(({ guard }) => guard === 'tool_pin').map(brief)];
      },
    };
  }
  const brief = ({
    action,
    reason,
    tool: name,
  }: {
    action: string;
    reason: string;
    tool?: string | undefined;
  }) => [action, reason, ...(name === undefined ? [] : [name])].join(' ');

  it('is learned with on_new: allow, and may be used', () => {
    const { list, call } = agent({ on_new: 'allow' });
    assert.deepEqual(list(tool('a'), tool('b')), [['a', 'b'], ['allowed allowed']]);
    assert.deepEqual(call('a'), [undefined, 'allowed allowed']);
    assert.ok(existsSync(file));
  });

  it('that changed is taken out of the list and may not be called; the others may', () => {
    agent({ on_new: 'allow' }).list(tool('a'), tool('b'));
    const { list, call } = agent({});
    assert.deepEqual(list(tool('a', 'Sends.'), tool('b')), [['b'], ['blocked definition_changed a']]);
    assert.deepEqual(call('a'), ['access_denied', 'blocked definition_changed']);
    assert.deepEqual(call('b'), [undefined, 'allowed allowed']);
    assert.deepEqual(list(tool('a'), tool('b'))[0], ['a', 'b']);
    assert.deepEqual(call('a'), [undefined, 'allowed allowed']);
  });

  it('that changed only shows in decisions under observe, and with on_change: observe', () => {
    agent({ on_new: 'allow' }).list(tool('a'));
    for (const { list, call } of [agent({}, 'observe'), agent({ on_change: 'observe' })]) {
      assert.deepEqual(list(tool('a', 'Sends.')), [['a'], ['observed definition_changed a']]);
      assert.deepEqual(call('a'), [undefined, 'observed definition_changed']);
    }
  });

  it('that changed is not learned anew, nor twice in one list', () => {
    const { list } = agent({ on_new: 'allow' });
    assert.deepEqual(list(tool('a'), tool('a', 'Sends.')), [['a'], ['blocked definition_changed a']]);
    assert.deepEqual(list(tool('a', 'Sends.')), [[], ['blocked definition_changed a']]);
  });

  it('that the file does not know is decided by on_new', () => {
    const strict = agent({ on_new: 'deny' });
    assert.deepEqual(strict.list(tool('a')), [[], ['blocked definition_new a']]);
    assert.deepEqual(strict.call('a'), ['access_denied', 'blocked definition_new']);
    const watched = agent({});
    assert.deepEqual(watched.list(tool('a')), [['a'], ['observed definition_new a']]);
    assert.deepEqual(watched.call('a'), [undefined, 'observed definition_new']);
    assert.ok(!existsSync(file));
  });

  it('of which no list was seen is decided by on_new too', () => {
    agent({ on_new: 'allow' }).list(tool('a'));
    assert.deepEqual(agent({ on_new: 'deny' }).call('a'), ['access_denied', 'blocked definition_unseen']);
    assert.deepEqual(agent({}).call('a'), [undefined, 'observed definition_unseen']);
    assert.deepEqual(agent({ on_new: 'allow' }).call('a'), [undefined, 'allowed definition_new']);
  });

  it('belongs to its server', () => {
    agent({ on_new: 'allow' }).list(tool('a'));
    const other = agent({ on_new: 'deny' }, 'enforce', session('["node","/srv/other.js"]'));
    assert.deepEqual(other.list(tool('a'))[0], []);
  });

  it('is not decided about by a broken file, which is a visible error and fails open', () => {
    writeFileSync(file, '{');
    const { list, call } = agent({ on_new: 'deny' });
    assert.deepEqual(list(tool('a'))[0], ['a']);
    assert.deepEqual(call('a'), [undefined, 'failed_open guard_failed']);
  });

  it('is a visible error too when it cannot be written', () => {
    const { list } = agent({ on_new: 'allow' });
    rmSync(folder, { recursive: true });
    assert.deepEqual(list(tool('a')), [['a'], ['failed_open guard_failed']]);
  });
});
