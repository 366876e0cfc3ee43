/** What a rule that cannot be used says: the line, the field, what to do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { compiled, problemsOf } from './support';

const RULE = 'title: a\nname: a\ndetection:\n  s: {target: x}\n  condition: s\n';
const COUNT = (lines: string): string =>
  `${RULE}---\ntitle: c\ncorrelation:\n  ${lines.replaceAll('\n', '\n  ')}\n`;
const KINDS = 'type: event_count\nrules: [a]\ntimespan: 5m\n';

/** Title, text, `line:column: path`, words that the problem says. */
type Row = readonly [title: string, text: string, place: string, ...words: readonly string[]];

const ROWS: readonly Row[] = [
  ['a misspelt key', `${RULE}levle: high\n`, '6:1: levle', 'unknown key `levle`', 'did you mean `level`?'],
  ['a key of another format', `${RULE}colour: red\n`, '6:1: colour', 'unknown key `colour`', 'remove it'],
  ['an unknown level', `${RULE}level: severe\n`, '6:8: level', '`severe`', '`critical`'],
  ['the filters of Sigma', `${RULE}filter: {}\n`, '6:1: filter', 'not supported', '`and not`'],
  ['actions of old', `${RULE}action: global\n`, '6:1: action', 'not supported', 'repeat'],
  ['a realert that is none', `${RULE}realert: soon\n`, '6:10: realert', '`soon`', 'such as 5m'],
  ['a number for an action', `${RULE}recommended_action: 5\n`, '6:21: recommended_action', '`5`', 'quotes'],
  ['no detection', 'title: a\n', '1:1: detection', 'is missing', 'add `detection`'],
  ['both', `${RULE}correlation: {}\n`, '3:1: detection', 'beside `correlation`', 'two documents'],
  ['no title', 'detection: {s: {target: x}, condition: s}\n', '1:1: title', 'is missing'],
  ['a word for a rule', 'rule\n', '1:1: ', 'the text `rule`', 'a map'],
  [
    'an unknown field',
    RULE.replace('target', 'tool'),
    '4:7: detection.s.tool',
    'unknown field `tool`',
    'did you mean `tool_name`?',
  ],
  [
    'a misspelt field',
    RULE.replace('target', 'user_ids'),
    '4:7: detection.s.user_ids',
    'did you mean `user_id`?',
  ],
  [
    'another taxonomy',
    RULE.replace('target', 'EventID'),
    '4:7: detection.s.EventID',
    'unknown field `EventID`',
    '`event`',
  ],
  [
    'an unknown modifier',
    RULE.replace('target', 'target|contain'),
    '4:7: detection.s["target|contain"]',
    'did you mean `contains`?',
  ],
  [
    'cidr',
    RULE.replace('target', 'target|cidr'),
    '4:7: detection.s["target|cidr"]',
    '`cidr` is not supported',
    '`startswith`',
  ],
  [
    'base64offset',
    RULE.replace('target', 'target|base64offset'),
    '4:7: detection.s["target|base64offset"]',
    'not supported',
  ],
  [
    'fieldref',
    RULE.replace('target', 'target|fieldref'),
    '4:7: detection.s["target|fieldref"]',
    'not supported',
  ],
  [
    'placeholders',
    RULE.replace('target', 'target|expand'),
    '4:7: detection.s["target|expand"]',
    'not supported',
  ],
  [
    'two ways to compare',
    RULE.replace('target', 'target|re|contains'),
    '4:7: detection.s["target|re|contains"]',
    '`re`, `contains` together',
  ],
  ['a flag without re', RULE.replace('target', 'target|i'), '4:7: detection.s["target|i"]', '`i`'],
  [
    'cased and re',
    RULE.replace('target', 'target|re|cased'),
    '4:7: detection.s["target|re|cased"]',
    '`re`, `cased` together',
  ],
  [
    'a regular expression',
    RULE.replace('target: x', "target|re: '(a'"),
    '4:18: detection.s["target|re"]',
    'does not compile',
    'RE2',
  ],
  [
    'a lookahead',
    RULE.replace('target: x', "target|re: 'a(?=b)'"),
    '4:18: detection.s["target|re"]',
    'no lookaround',
  ],
  [
    'text for a number',
    RULE.replace('target: x', 'latency_ms|gte: long'),
    '4:23: detection.s["latency_ms|gte"]',
    '`long`',
    'a number',
  ],
  [
    'text for yes and no',
    RULE.replace('target: x', 'target|exists: 1'),
    '4:22: detection.s["target|exists"]',
    '`1`',
    '`true` or `false`',
  ],
  [
    'a map for a value',
    RULE.replace('target: x', 'target: {a: b}'),
    '4:15: detection.s.target',
    'a map',
    'text',
  ],
  ['no value', RULE.replace('target: x', 'target: []'), '4:15: detection.s.target', 'an empty list'],
  [
    'a result that there is not',
    RULE.replace('target: x', 'result: fail'),
    '4:15: detection.s.result',
    'unknown result `fail`',
    '`failure`',
  ],
  [
    'a type that there is not',
    RULE.replace('target: x', 'type: [authentication, login]'),
    '4:30: detection.s.type[1]',
    'unknown type `login`',
  ],
  ['an empty selection', RULE.replace('{target: x}', '{}'), '4:6: detection.s', 'a map', 'fields and values'],
  [
    'a selection that is none',
    RULE.replace('{target: x}', 'true'),
    '4:6: detection.s',
    '`true`',
    'a list of words',
  ],
  [
    'a timeframe of old',
    RULE.replace('  condition', '  timeframe: 5m\n  condition'),
    '5:3: detection.timeframe',
    'given up',
    '`timespan`',
  ],
  ['no condition', 'title: a\ndetection: {s: {target: x}}\n', '2:12: detection.condition', 'is missing'],
  [
    'an unknown selection',
    RULE.replace('condition: s', 'condition: s and filtr'),
    '5:14: detection.condition',
    'no selection `filtr`',
    '`s`',
  ],
  [
    'a pattern of none',
    RULE.replace('condition: s', 'condition: 1 of x*'),
    '5:14: detection.condition',
    'no selection `x*`',
  ],
  [
    'two of several',
    RULE.replace('condition: s', 'condition: 2 of s*'),
    '5:14: detection.condition',
    '`2 of`',
    '`1 of` or `all of`',
  ],
  [
    'a bracket that is open',
    RULE.replace('condition: s', 'condition: (s'),
    '5:14: detection.condition',
    'ends too early',
    'close the bracket',
  ],
  ['a bracket too many', RULE.replace('condition: s', 'condition: s)'), '5:14: detection.condition', '`)`'],
  [
    'a condition that ends in and',
    RULE.replace('condition: s', 'condition: s and'),
    '5:14: detection.condition',
    'ends too early',
  ],
  [
    'two selections side by side',
    RULE.replace('condition: s', 'condition: s s'),
    '5:14: detection.condition',
    '`s` at this place',
  ],
  [
    'an aggregation of old',
    RULE.replace('condition: s', 'condition: s | count() > 5'),
    '5:14: detection.condition',
    'given up',
    '`type: event_count`',
  ],
  [
    'an unknown type',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('event_count', 'events_count'),
    '9:9: correlation.type',
    'did you mean `event_count`?',
  ],
  [
    'a sum',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('event_count', 'value_sum'),
    '9:9: correlation.type',
    '`value_sum` is not supported',
    '`value_count`',
  ],
  [
    'a percentile',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('event_count', 'value_percentile'),
    '9:9: correlation.type',
    'not supported',
  ],
  [
    'an unknown key',
    COUNT(`${KINDS}condition: {gte: 1}\ngroup_by: [user_id]`),
    '13:3: correlation.group_by',
    'did you mean `group-by`?',
  ],
  [
    'a field to group by',
    COUNT(`${KINDS}condition: {gte: 1}\ngroup-by: [user_id, User]`),
    '13:23: correlation.group-by[1]',
    'unknown field `User`',
    'did you mean `user_id`?',
  ],
  [
    'no timespan',
    COUNT('type: event_count\nrules: [a]\ncondition: {gte: 1}'),
    '9:3: correlation.timespan',
    'is missing',
    'such as 5m',
  ],
  [
    'a timespan of a week',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('5m', '1w'),
    '11:13: correlation.timespan',
    '`1w`',
    's, m, h, d',
  ],
  [
    'a timespan of nothing',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('5m', '0s'),
    '11:13: correlation.timespan',
    '`0s`',
    'from 1s',
  ],
  [
    'a timespan in capitals',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('5m', '5M'),
    '11:13: correlation.timespan',
    '`5M`',
  ],
  ['no condition', COUNT(KINDS.trim()), '9:3: correlation.condition', 'is missing', '`gte: 5`'],
  [
    'lt',
    COUNT(`${KINDS}condition: {lt: 5}`),
    '12:15: correlation.condition.lt',
    'cannot be decided as events arrive',
    '`gte`',
  ],
  [
    'lte in a range',
    COUNT(`${KINDS}condition: {gt: 1, lte: 5}`),
    '12:22: correlation.condition.lte',
    'cannot be decided',
  ],
  ['neq', COUNT(`${KINDS}condition: {neq: 5}`), '12:15: correlation.condition.neq', 'cannot be decided'],
  [
    'two limits',
    COUNT(`${KINDS}condition: {gt: 5, gte: 5}`),
    '12:14: correlation.condition',
    'a map',
    'one of `gte`, `gt`, `eq`',
  ],
  [
    'an unknown comparison',
    COUNT(`${KINDS}condition: {get: 5}`),
    '12:15: correlation.condition.get',
    'did you mean `gte`?',
  ],
  [
    'a limit of nothing',
    COUNT(`${KINDS}condition: {gte: 0}`),
    '12:20: correlation.condition.gte',
    '`0`',
    'at least 1',
  ],
  [
    'half an event',
    COUNT(`${KINDS}condition: {gte: 1.5}`),
    '12:20: correlation.condition.gte',
    '`1.5`',
    'a whole number',
  ],
  [
    'eq of many',
    COUNT(`${KINDS}condition: {eq: 65}`),
    '12:19: correlation.condition.eq',
    'a limit of 65',
    '64 at most',
  ],
  [
    'too many values',
    COUNT(`${KINDS}condition: {gte: 1001, field: target}`).replace('event_', 'value_'),
    '12:20: correlation.condition.gte',
    '1000 at most',
  ],
  [
    'a field that is not counted',
    COUNT(`${KINDS}condition: {gte: 1, field: target}`),
    '12:23: correlation.condition.field',
    '`type: value_count`',
  ],
  [
    'no field to count',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('event_', 'value_'),
    '12:14: correlation.condition.field',
    'is missing',
  ],
  [
    'an unknown field to count',
    COUNT(`${KINDS}condition: {gte: 1, field: tool}`).replace('event_', 'value_'),
    '12:30: correlation.condition.field',
    'unknown field `tool`',
  ],
  [
    'an expression as a condition',
    COUNT('type: temporal\nrules: [a]\ntimespan: 1m\ncondition: a and b'),
    '12:14: correlation.condition',
    '`a and b`',
    'remove it',
  ],
  [
    'a part of an order',
    COUNT('type: temporal_ordered\nrules: [a]\ntimespan: 1m\ncondition: {gte: 2}'),
    '12:20: correlation.condition.gte',
    '1 at most',
  ],
  [
    'distinct-by of a count',
    COUNT(`${KINDS}condition: {gte: 1}\ndistinct-by: [server_id]`),
    '13:3: correlation.distinct-by',
    '`type: temporal_ordered`',
  ],
  [
    'a rule that there is not',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('[a]', '[a, logon]'),
    '10:14: correlation.rules[1]',
    'no rule has the name or id `logon`',
    '`name`',
  ],
  [
    'a misspelt rule',
    COUNT(`${KINDS}condition: {gte: 1}`)
      .replaceAll('name: a\n', 'name: failed_login\n')
      .replace('[a]', '[faild_login]'),
    '10:11: correlation.rules[0]',
    'did you mean `failed_login`?',
  ],
  [
    'a rule twice',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('[a]', '[a, a]'),
    '10:14: correlation.rules[1]',
    'there twice',
  ],
  [
    'no rules',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('[a]', '[]'),
    '10:10: correlation.rules',
    'an empty list',
  ],
  [
    'itself',
    COUNT(`${KINDS}condition: {gte: 1}`).replace('title: c', 'title: c\nname: c').replace('[a]', '[c]'),
    '11:11: correlation.rules[0]',
    '`c` is a correlation of this one',
  ],
  [
    'a name that is taken',
    `${RULE}---\n${RULE}`,
    '8:7: name',
    'another rule is called `a` too',
    '(/rules.yaml:1)',
    'of its own',
  ],
  [
    'an alias that leaves a rule out',
    COUNT('type: temporal\nrules: [a]\ntimespan: 1m\ngroup-by: [who]\naliases: {who: {b: user_id}}'),
    '13:18: correlation.aliases.who',
    'no field of the rule `a`',
    'add `a`',
  ],
  [
    'a field of an alias',
    COUNT('type: temporal\nrules: [a]\ntimespan: 1m\ngroup-by: [who]\naliases: {who: {a: user}}'),
    '13:22: correlation.aliases.who.a',
    'unknown field `user`',
  ],
  ['no YAML', 'title: [\n', '2:1', 'close'],
  ['YAML with a tag', 'title: !x y\n', '1:8', 'a tag'],
  ['nothing', '---\n', '', 'no rule', 'write a rule'],
];

describe('a rule that cannot be used', () => {
  for (const [title, text, place, ...words] of ROWS) {
    test(`${title}: ${place}`, () => {
      const problems = problemsOf(text);
      assert.equal(problems.length, 1, problems.join('\n'));
      const [problem = ''] = problems;
      assert.ok(problem.startsWith(place), problem);
      for (const word of words) assert.ok(problem.includes(word), problem);
    });
  }

  test('the table has no two rows alike', () => {
    assert.equal(new Set(ROWS.map(([, text]) => text)).size, ROWS.length);
    assert.ok(ROWS.length >= 70);
  });

  test('the rules that they are made of are in order', () => {
    assert.deepEqual(problemsOf(RULE), []);
    assert.deepEqual(problemsOf(COUNT(`${KINDS}condition: {gte: 1}`)), []);
  });

  test('every problem of every document is listed', () => {
    const problems = problemsOf(
      `${RULE}levle: high\n---\n${RULE.replace('target', 'tool')}---\n${RULE}stauts: x\n`,
    );
    assert.deepEqual(
      problems.map((problem) => problem.split(':', 1)[0]),
      ['6', '11', '19'],
    );
  });

  test('words that every object has are no field, type or modifier', () => {
    const rule = COUNT(`${KINDS}condition: {gte: 1}\ngroup-by: [constructor]`).replace(
      'event_count',
      'constructor',
    );
    assert.match(problemsOf(rule).join('\n'), /unknown type `constructor`[^]*unknown field `constructor`/);
    assert.match(problemsOf(RULE.replace('target', 'toString')).join('\n'), /unknown field `toString`/);
    assert.match(
      problemsOf(RULE.replace('target', 'target|valueOf')).join('\n'),
      /unknown modifier `valueOf`/,
    );
  });

  test('more than 500 rules are too many', () => {
    const rules = (count: number): string =>
      Array.from({ length: count }, (_, index) => RULE.replaceAll(': a\n', `: a${index}\n`)).join('---\n');
    assert.equal(compiled(rules(500)).kinds.length, 500);
    assert.match(problemsOf(rules(501)).join('\n'), /more than 500 rules/);
  });
});
