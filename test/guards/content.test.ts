/** What strings may hold, in arguments, results and definitions, and what is taken out of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { compilePolicy } from '../../src/guards/compile';
import type { Engine } from '../../src/guards/engine';
import { hasHiddenCharacters, withoutHiddenCharacters } from '../../src/guards/hidden-characters';
import { withTexts } from '../../src/guards/text-changes';
import type { PolicyInput } from '../../src/policy/schema';
import { counters, policy, toolCall } from './support/input';

type Content = NonNullable<PolicyInput['content']>;

const ZERO_WIDTH = '\u200b';
const TAGS = [...'ignore'].map((letter) => String.fromCodePoint(0xe00_00 + letter.codePointAt(0)!)).join('');

function engineOf(content: Content, given: Omit<PolicyInput, 'version' | 'id'> = {}): Engine {
  const written = policy({ mode: 'enforce', content, ...given });
  return compilePolicy(written, { clock: () => 0, counters: counters() }).engine;
}

const brief = (decisions: readonly { guard: string; verdict: string; action: string; reason: string }[]) =>
  decisions
    .filter(({ guard }) => guard === 'content')
    .map(({ verdict, action, reason }) => [verdict, action, reason].join(' '));

const textResult = (text: string) => ({ content: [{ type: 'text', text }] });

describe('hidden characters', () => {
  const FLAG = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}';
  const rows: readonly (readonly [string, string, string])[] = [
    ['plain text', 'plain text', 'nothing'],
    ['Grüße, 日本語, नमस्ते, می‌خواهم', 'Grüße, 日本語, नमस्ते, می‌خواهم', 'letters of any script'],
    ['👩‍👩‍👧 ❤️', '👩‍👩‍👧 ❤️', 'joined emoji'],
    [`${FLAG} flag`, `${FLAG} flag`, 'the flag of England'],
    [`a${ZERO_WIDTH}b`, 'ab', 'a space of no width'],
    [`\u202egpj.exe`, 'gpj.exe', 'an override of direction'],
    [`read me${TAGS}`, 'read me', 'tags'],
    ['pass\u200dword', 'password', 'a joiner that joins nothing'],
    ['a\u3164\u200db', 'ab', 'a joiner that is left when a filler is gone'],
  ];
  for (const [given, wanted, what] of rows) {
    it(`${what}: ${JSON.stringify(given)}`, () => {
      assert.equal(withoutHiddenCharacters(given), wanted);
      assert.equal(hasHiddenCharacters(given), given !== wanted);
    });
  }

  it('behind a black flag are hidden all the same when they are more than a flag has', () => {
    assert.ok(hasHiddenCharacters(`\u{1f3f4}${TAGS}${TAGS}`));
  });

  it('cost time in proportion to the text', () => {
    const started = performance.now();
    const flags = '\u{1f3f4}'.repeat(2) + '\u{e0061}'.repeat(300_000);
    assert.equal(hasHiddenCharacters(withoutHiddenCharacters(flags)), false);
    assert.ok(performance.now() - started < 3_000);
  });

  it('are gone from any text, and nothing else is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const stripped = withoutHiddenCharacters(text);
        assert.equal(hasHiddenCharacters(stripped), false);
        if (!hasHiddenCharacters(text)) assert.equal(stripped, text);
      }),
    );
  });
});

describe('changing the strings of a value', () => {
  it('leaves the value alone and shares what does not change', () => {
    const given = { keep: { a: ['b'] }, change: ['x', { deep: 'x' }] };
    const copy = structuredClone(given);
    const changed = withTexts(given, (text) => text.replace('x', 'y'), 1_000) as typeof given;
    assert.deepEqual(given, copy);
    assert.deepEqual(changed, { keep: { a: ['b'] }, change: ['y', { deep: 'y' }] });
    assert.equal(changed.keep, given.keep);
  });

  it('gives back the same object when nothing changes, also of any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => withTexts(value, (text) => text, 1_000) === value));
  });

  it('changes what toJSON gives, names of fields, and no prototype', () => {
    const when = { toJSON: () => 'x' };
    assert.deepEqual(
      withTexts({ when }, () => 'y', 100),
      { y: 'y' },
    );
    const poisoned = JSON.parse('{"__proto__": "x"}') as object;
    const changed = withTexts(poisoned, (text) => text.replace(/^x$/, 'y'), 100) as object;
    assert.deepEqual(Object.entries(changed), [['__proto__', 'y']]);
  });

  it('stops at its limit, and at circles', () => {
    assert.deepEqual(
      withTexts(['xx', 'xx'], (text) => text.replaceAll('x', 'y'), 3),
      ['yy', 'yx'],
    );
    const circle: Record<string, unknown> = { text: 'a' };
    circle['self'] = circle;
    assert.equal(
      withTexts(circle, (text) => text, 1_000),
      circle,
    );
  });
});

describe('arguments', () => {
  const args = { message: `a${ZERO_WIDTH}b`, other: { keep: true } };

  it('with hidden characters are denied', () => {
    const ruling = engineOf({}).decide(toolCall({ args }));
    assert.equal(ruling.denial?.kind, 'input_rejected');
    assert.deepEqual(brief(ruling.decisions), ['deny blocked hidden_characters']);
  });

  it('lose them under strip, as a copy, and under enforce alone', () => {
    const enforced = engineOf({ hidden_characters: 'strip' }).decide(toolCall({ args }));
    assert.equal(enforced.denial, undefined);
    assert.deepEqual(brief(enforced.decisions), ['modify modified hidden_characters']);
    assert.deepEqual(enforced.stripped, { arguments: { message: 'ab', other: { keep: true } } });
    assert.equal(args.message, `a${ZERO_WIDTH}b`);
    const observed = engineOf({ hidden_characters: 'strip' }, { mode: 'observe' }).decide(toolCall({ args }));
    assert.equal(observed.stripped, undefined);
    assert.deepEqual(brief(observed.decisions), ['modify observed hidden_characters']);
  });

  it('are judged by every guard as they go out: what was hidden does not get past', () => {
    const path = `.${ZERO_WIDTH}./.${ZERO_WIDTH}./etc/passwd`;
    const engine = engineOf({ hidden_characters: 'strip' }, { paths: { root: '/srv' } });
    const { denial, decisions } = engine.decide(toolCall({ args: { path } }));
    assert.equal(denial?.guard, 'path_traversal', JSON.stringify(decisions));
  });

  it('keep the name of the tool: no other tool than the one decided about is called', () => {
    const engine = engineOf(
      { hidden_characters: 'strip' },
      { rules: [{ id: 'no', deny: { tool: 'delete' } }] },
    );
    const ruling = engine.decide(toolCall({ tool: `del${ZERO_WIDTH}ete` }));
    assert.equal(ruling.stripped, undefined);
  });

  it('are observed where the policy says so, whatever its mode', () => {
    const ruling = engineOf({ hidden_characters: 'observe' }).decide(toolCall({ args }));
    assert.equal(ruling.denial, undefined);
    assert.deepEqual(brief(ruling.decisions), ['deny observed hidden_characters']);
  });

  it('are left alone where only results are named', () => {
    assert.deepEqual(brief(engineOf({ in: ['results'] }).decide(toolCall({ args })).decisions), []);
  });

  it('may match a pattern that enforces beside one that observes', () => {
    const patterns: Content['patterns'] = [
      { id: 'watched', regex: 'secret', mode: 'observe' },
      { id: 'forbidden', regex: '(?i)SECRET' },
    ];
    const { denial } = engineOf({ patterns }).decide(toolCall({ args: { a: 'a secret' } }));
    assert.equal(denial?.rule, 'forbidden');
  });

  it('do not hide a pattern by what is stripped, under observe neither', () => {
    for (const mode of ['enforce', 'observe'] as const) {
      const engine = engineOf(
        { hidden_characters: 'strip', patterns: [{ id: 'p', regex: 'secret' }] },
        { mode },
      );
      const { decisions } = engine.decide(toolCall({ args: { a: `sec${ZERO_WIDTH}ret` } }));
      const done = mode === 'enforce' ? ['modified', 'blocked'] : ['observed', 'observed'];
      assert.deepEqual(brief(decisions), [
        `modify ${done[0]} hidden_characters`,
        `deny ${done[1]} pattern_matched`,
      ]);
    }
  });
});

describe('results', () => {
  it('with hidden characters are denied, stripped as a copy, or observed', () => {
    const value = textResult(`roses${ZERO_WIDTH}`);
    const by = (content: Content, given: Omit<PolicyInput, 'version' | 'id'> = {}) =>
      engineOf(content, given).review(toolCall(), value);
    assert.equal(by({}).denial?.kind, 'input_rejected');
    assert.equal(by({}).decisions[0]?.stage, 'result');
    const stripped = by({ hidden_characters: 'strip' });
    assert.deepEqual(stripped.value, textResult('roses'));
    assert.deepEqual(value, textResult(`roses${ZERO_WIDTH}`));
    const observed = by({ hidden_characters: 'strip' }, { mode: 'observe' });
    assert.equal(observed.value, value);
    assert.deepEqual(brief(observed.decisions), ['modify observed hidden_characters']);
  });

  it('that hold nothing are the same object', () => {
    const value = textResult('roses');
    const ruling = engineOf({ hidden_characters: 'strip' }).review(toolCall(), value);
    assert.equal(ruling.value, value);
    assert.deepEqual(brief(ruling.decisions), ['allow allowed allowed']);
  });

  it('of 100 MB cost no more than the limit, and the guard says that it could not look at all of it', () => {
    const patterns: Content['patterns'] = [{ id: 'p', regex: '(?i)ignore (all )?previous instructions' }];
    const value = textResult('Lorem ipsum dolor sit amet, consectetur. '.repeat(2_500_000));
    const engine = engineOf({ patterns });
    const started = performance.now();
    const open = engine.review(toolCall(), value);
    assert.ok(performance.now() - started < 1_000);
    assert.deepEqual(brief(open.decisions), ['error failed_open scan_limit']);
    assert.equal(open.denial, undefined);
    const closed = engineOf({ patterns }, { on_error: { content: 'closed' } }).review(toolCall(), value);
    assert.equal(closed.denial?.kind, 'guard_unavailable');
  });

  it('that are denied by their beginning are denied, however long they are', () => {
    const value = textResult(`${ZERO_WIDTH}${'x'.repeat(10_000_000)}`);
    assert.deepEqual(brief(engineOf({}).review(toolCall(), value).decisions), [
      'deny blocked hidden_characters',
    ]);
  });
});

describe('definitions', () => {
  const tool = (description: string, name = 'search') => ({
    name,
    description,
    inputSchema: { type: 'object' },
  });
  const tools = [tool('Finds.', 'find'), tool(`Finds.${TAGS}`)];

  it('with hidden characters are taken out of the list, or lose them, or stay', () => {
    const denied = engineOf({}).reviewDefinitions(toolCall(), tools);
    assert.deepEqual(denied.tools, [tools[0]]);
    assert.deepEqual(
      denied.decisions.map(({ stage, action, tool: name }) => [stage, action, name]),
      [['definition', 'blocked', 'search']],
    );
    const stripped = engineOf({ hidden_characters: 'strip' }).reviewDefinitions(toolCall(), tools);
    assert.deepEqual(stripped.tools, [tools[0], tool('Finds.')]);
    const observed = engineOf({}, { mode: 'observe' }).reviewDefinitions(toolCall(), tools);
    assert.equal(observed.tools, tools);
  });

  it('do not lose them from their name, which would become that of another tool', () => {
    const spoofed = [tool('Finds.', 'find'), tool('Sends.', `find${ZERO_WIDTH}`)];
    const ruling = engineOf({ hidden_characters: 'strip' }).reviewDefinitions(toolCall(), spoofed);
    assert.deepEqual(ruling.tools, [spoofed[0]]);
  });

  it('that are allowed are one decision for the list', () => {
    const { decisions } = engineOf({}).reviewDefinitions(toolCall(), [tool('a', 'a'), tool('b', 'b')]);
    assert.deepEqual(brief(decisions), ['allow allowed allowed']);
  });
});
