/** The vocabulary of Sigma, feature by feature: what matches, and what does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { compiled, DENIED, FAILED, Run, type Facts } from './support';

const run = (text: string): Run => new Run(compiled(text));

/** Whether a rule with this detection matches a call. */
function isMatch(detection: string, facts: Facts): boolean {
  const indented = detection.replaceAll(/^/gm, '  ');
  return run(`title: t\nname: t\ndetection:\n${indented}\n`).at(0, facts).length > 0;
}

/** A condition `s` over one selection. */
const selects = (fields: string, facts: Facts): boolean => isMatch(`s: ${fields}\ncondition: s`, facts);

/** Fields of one selection, a call that matches, one that does not. */
const SELECTIONS: readonly (readonly [title: string, fields: string, yes: Facts, no: Facts])[] = [
  ['a value', '{target: search}', {}, { target: 'searching' }],
  ['in any case', '{target: SeArch}', { target: 'sEARCH' }, { target: 'find' }],
  ['one of several', '{target: [find, search]}', {}, { target: 'seek' }],
  ['all fields', '{target: search, user_id: alice}', {}, { user_id: 'bob' }],
  ['one of several maps', '[{target: find}, {user_id: alice}]', {}, { user_id: 'bob' }],
  ['a star', "{target: 'se*ch'}", { target: 'se--ch' }, { target: 'se--ch!' }],
  ['two stars', "{target: '*a*b*'}", { target: 'xaxxbx' }, { target: 'xbxa' }],
  ['a star that is empty', "{target: 'search*'}", {}, { target: 'searc' }],
  ['a star over what stands once', "{target: 'ab*ba'}", { target: 'abba' }, { target: 'aba' }],
  ['a question mark', "{target: 'se?rch'}", {}, { target: 'serch' }],
  ['a star that is none', String.raw`{target: 'a\*'}`, { target: 'a*' }, { target: 'ab' }],
  ['a question mark that is none', String.raw`{target: 'a\?'}`, { target: 'a?' }, { target: 'ab' }],
  ['a backslash', String.raw`{target: 'a\b'}`, { target: String.raw`a\b` }, { target: 'ab' }],
  ['a backslash before a star', String.raw`{target: 'a\\*'}`, { target: String.raw`a\x` }, { target: 'a*' }],
  [
    'three before a star',
    String.raw`{target: 'a\\\*'}`,
    { target: String.raw`a\*` },
    { target: String.raw`a\x` },
  ],
  ['a number', '{latency_ms: 7}', { latency_ms: 7 }, { latency_ms: 70 }],
  ['yes and no', '{success: false}', { success: false }, {}],
  ['nothing', '{tenant_id: null}', {}, { tenant_id: 'x' }],
  ['no entry of a list', '{roles: null}', { roles: [] }, { roles: ['x'] }],
  ['an empty text', "{tenant_id: ''}", { tenant_id: '' }, {}],
  ['an entry of a list', '{tags: pii}', { tags: ['a', 'pii'] }, { tags: ['piiii'] }],
  ['contains', '{target|contains: ear}', {}, { target: 'era' }],
  ['contains one of several', '{target|contains: [x, ear]}', {}, { target: 'era' }],
  ['contains all', '{target|contains|all: [s, h]}', {}, { target: 's' }],
  ['contains with a star', "{target|contains: 'e*c'}", {}, { target: 'ce' }],
  ['startswith', '{target|startswith: sea}', {}, { target: 'xsea' }],
  ['endswith', '{target|endswith: rch}', {}, { target: 'rchx' }],
  ['all entries of a list', '{roles|all: [a, b]}', { roles: ['b', 'c', 'a'] }, { roles: ['a'] }],
  ['cased', '{target|cased: Search}', { target: 'Search' }, {}],
  ['cased and contains', '{target|contains|cased: EA}', { target: 'sEArch' }, {}],
  ['re', "{target|re: '^s[a-e]+r'}", {}, { target: 'Search' }],
  ['re anywhere', '{target|re: ar}', {}, { target: 'x' }],
  ['re of any case', "{target|re|i: '^SEARCH$'}", {}, { target: 'x' }],
  ['re of several lines', "{target|re|m: '^b$'}", { target: 'a\nb\nc' }, { target: 'abc' }],
  ['re over lines', "{target|re|s: 'a.b'}", { target: 'a\nb' }, { target: 'ab' }],
  ['exists', '{tenant_id|exists: true}', { tenant_id: 'x' }, {}],
  ['exists not', '{tenant_id|exists: false}', {}, { tenant_id: 'x' }],
  ['neq', '{target|neq: search}', { target: 'x' }, {}],
  ['neq of several', '{target|neq: [search, find]}', { target: 'x' }, { target: 'find' }],
  ['gte', '{latency_ms|gte: 500}', { latency_ms: 500 }, { latency_ms: 499 }],
  ['gt', '{latency_ms|gt: 500}', { latency_ms: 501 }, { latency_ms: 500 }],
  ['lte', '{latency_ms|lte: 500}', { latency_ms: 500 }, { latency_ms: 501 }],
  ['lt', '{latency_ms|lt: 500}', { latency_ms: 499 }, {}],
  ['keywords', '[nowhere, ALIC]', {}, { user_id: 'bob' }],
  ['one keyword', 'alic', {}, { user_id: 'bob' }],
  ['all keywords', "{'|all': [alice, search]}", {}, { target: 'x', tool_name: 'x' }],
  ['a keyword with a star', "['al*e']", {}, { user_id: 'bob' }],
  ['the category', '{category: tool_execution}', {}, DENIED],
  ['the result', '{category: security, result: denied}', DENIED, FAILED],
];

describe('a selection', () => {
  for (const [title, fields, yes, no] of SELECTIONS) {
    test(title, () => {
      assert.equal(selects(fields, yes), true, 'matches');
      assert.equal(selects(fields, no), false, 'does not match');
    });
  }
});

describe('a condition', () => {
  const A = { target: 'a' };
  const B = { user_id: 'b' };
  const AB = { ...A, ...B };
  const both = (condition: string): string =>
    `s_a: {target: a}\ns_b: {user_id: b}\n_c: {agent_name: c}\ncondition: ${condition}`;
  for (const [condition, matching, others] of [
    ['s_a', [A, AB], [B, {}]],
    ['s_a and s_b', [AB], [A, B, {}]],
    ['s_a or s_b', [A, B, AB], [{}]],
    ['not s_a', [B, {}], [A, AB]],
    ['not not s_a', [A, AB], [B, {}]],
    ['s_a and not s_b', [A], [AB, B, {}]],
    ['not (s_a or s_b)', [{}], [A, B, AB]],
    ['not s_a or s_b', [B, AB, {}], [A]],
    ['s_a or s_b and s_a', [A, AB], [B, {}]],
    ['(s_a or s_b) and s_b', [B, AB], [A, {}]],
    ['1 of s_*', [A, B, AB], [{}]],
    ['any of s_*', [A, B, AB], [{}]],
    ['all of s_*', [AB], [A, B, {}]],
    ['1 of them', [A, B, AB], [{}, { agent_name: 'c' }]],
    ['all of them', [AB], [A, B, {}]],
    ['1 of *_b', [B, AB], [A, {}]],
    ['1 of _c or s_a', [A, { agent_name: 'c' }], [B, {}]],
    ['not 1 of s_*', [{}], [A, B, AB]],
    ['s_a AND s_b', [AB], [A, B, {}]],
    ['[s_a, s_b]', [A, B, AB], [{}]],
  ] as const) {
    test(condition, () => {
      for (const facts of matching)
        assert.equal(isMatch(both(condition), facts), true, JSON.stringify(facts));
      for (const facts of others) assert.equal(isMatch(both(condition), facts), false, JSON.stringify(facts));
    });
  }
});

const BASE = (name: string, target: string): string =>
  `title: ${name}\nname: ${name}\ndetection: {s: {category: tool_execution, target: ${target}}, condition: s}\n`;

const CORRELATION = (rest: string, rules = '[a]'): string =>
  `---\ntitle: c\nname: c\nlevel: high\ncorrelation:\n  rules: ${rules}\n  ${rest.replaceAll('\n', '\n  ')}\n`;

describe('event_count', () => {
  const counts = (condition: string): Run =>
    run(BASE('a', 'x') + CORRELATION(`type: event_count\ntimespan: 10s\ncondition: ${condition}`));

  test('gte, gt and eq', () => {
    for (const condition of ['{gte: 3}', '{gt: 2}', '{eq: 3}']) {
      const rules = counts(condition);
      const raised = [0, 1, 2].map((at) => rules.at(at, { target: 'x' }).length);
      assert.deepEqual(raised, [0, 0, 1], condition);
    }
  });

  test('eq is not met by more, gte is when the silence is over', () => {
    const exactly = counts('{eq: 2}');
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) exactly.at(at, { target: 'x' });
    assert.equal(exactly.findings.length, 1);
    const least = counts('{gte: 2}');
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) least.at(at, { target: 'x' });
    assert.deepEqual(
      least.findings.map(({ event }) => event.line.timestamp.slice(17, 19)),
      ['01', '11'],
    );
  });

  test('late events count where they belong, and none outside of the window', () => {
    const rules = counts('{gte: 3}');
    assert.deepEqual(rules.at(100, { target: 'x' }), []);
    assert.deepEqual(rules.at(90, { target: 'x' }), []);
    assert.deepEqual(rules.at(90.001, { target: 'x' }), []);
    assert.deepEqual(rules.at(100, { target: 'x' }), ['c high']);
  });

  test('an event of two of its rules counts once', () => {
    const rules = run(
      `${BASE('a', 'x')}---\n${BASE('b', "'*'")}${CORRELATION('type: event_count\ntimespan: 10s\ncondition: {gte: 3}', '[a, b]')}`,
    );
    assert.deepEqual(
      [0, 1, 2].map((at) => rules.at(at, { target: 'x' }).length),
      [0, 0, 1],
    );
  });

  test('a call that is several events counts once', () => {
    const every = `title: a\nname: a\ndetection: {s: {target: x}, condition: s}\n`;
    const rules = run(
      `${every}${CORRELATION('type: event_count\ntimespan: 10s\ncondition: {gte: 3}')}generate: true\n`,
    );
    const slow = { target: 'x', tags: ['pii'], latency_ms: 9_000 };
    assert.deepEqual(
      [0, 1, 2].map((at) => rules.at(at, slow)),
      [['a medium'], ['a medium'], ['a medium', 'c high']],
    );
  });

  test('groups by fields, of which an event may have none', () => {
    const rules = run(
      BASE('a', 'x') +
        CORRELATION('type: event_count\ngroup-by: [user_id, tenant_id]\ntimespan: 10s\ncondition: {gte: 2}'),
    );
    rules.at(0, { target: 'x' });
    rules.at(0, { target: 'x', user_id: 'bob' });
    rules.at(0, { target: 'x', tenant_id: 't' });
    rules.at(0, { target: 'x', user_id: undefined });
    assert.equal(rules.findings.length, 0);
    assert.deepEqual(rules.at(1, { target: 'x', user_id: null }), ['c high']);
    assert.deepEqual(rules.findings[0]?.group, {});
    assert.deepEqual(rules.at(1, { target: 'x', tenant_id: 't' }), ['c high']);
    assert.deepEqual(rules.findings[1]?.group, { user_id: 'alice', tenant_id: 't' });
  });

  test('realert is its own, and none at all', () => {
    const every = run(
      `${BASE('a', 'x')}${CORRELATION('type: event_count\ntimespan: 10s\ncondition: {gte: 2}')}realert: 0s\n`,
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((at) => every.at(at, { target: 'x' }).length),
      [0, 1, 1, 1],
    );
    const longer = run(
      `${BASE('a', 'x')}${CORRELATION('type: event_count\ntimespan: 10s\ncondition: {gte: 1}')}realert: 1m\n`,
    );
    assert.deepEqual(
      [0, 1, 59.999, 60].map((at) => longer.at(at, { target: 'x' }).length),
      [1, 0, 0, 1],
    );
  });
});

describe('value_count', () => {
  const CONDITION = 'condition: {field: target, gte: 3}';
  const COUNT = `type: value_count\ngroup-by: [user_id]\ntimespan: 10s\n${CONDITION}`;

  test('counts different values', () => {
    const rules = run(BASE('a', "'*'") + CORRELATION(COUNT));
    for (const [at, target] of ['x', 'y', 'x', 'y', 'y'].entries())
      assert.deepEqual(rules.at(at, { target }), []);
    assert.deepEqual(rules.at(6, { target: 'z' }), ['c high']);
    assert.equal(
      rules.findings[0]?.description,
      'c: 3 different values of target of user alice within 10 s (limit 3)',
    );
  });

  test('forgets values with time, and knows nothing of events without one', () => {
    const rules = run(BASE('a', "'*'").replace('target: ', 'tool_name: ') + CORRELATION(COUNT));
    rules.at(0, { target: 'x' });
    rules.at(5, { target: 'y' });
    rules.at(6, { target: undefined });
    assert.deepEqual(rules.at(10, { target: 'z' }), []);
    assert.deepEqual(rules.at(11, { target: 'x' }), ['c high']);
  });

  test('of several fields counts what they are together', () => {
    const rules = run(
      BASE('a', "'*'") +
        CORRELATION('type: value_count\ntimespan: 10s\ncondition: {field: [server_id, target], gte: 3}'),
    );
    rules.at(0, { server_id: 's', target: 'x' });
    rules.at(0, { server_id: 't', target: 'x' });
    assert.deepEqual(rules.at(0, { server_id: 's', target: 'y' }), ['c high']);
  });
});

const THREE = `${BASE('a', 'x')}---\n${BASE('b', 'y')}---\n${BASE('d', 'z')}`;

describe('temporal', () => {
  test('is all of the rules in any order, within the timespan, in one group', () => {
    const rules = run(THREE + CORRELATION('type: temporal\ngroup-by: [user_id]\ntimespan: 10s', '[a, b, d]'));
    rules.at(0, { target: 'z' });
    rules.at(4, { target: 'y', user_id: 'bob' });
    rules.at(5, { target: 'x' });
    assert.deepEqual(rules.at(10, { target: 'y' }), []);
    assert.deepEqual(rules.at(11, { target: 'z' }), ['c high']);
    assert.equal(rules.findings[0]?.description, 'c: a and b and d of user alice within 10 s');
  });

  test('with a condition is so many different rules', () => {
    const rules = run(THREE + CORRELATION('type: temporal\ntimespan: 10s\ncondition: {gte: 2}', '[a, b, d]'));
    rules.at(0, { target: 'z' });
    assert.deepEqual(rules.at(1, { target: 'z' }), []);
    assert.deepEqual(rules.at(2, { target: 'x' }), ['c high']);
  });

  test('groups each rule’s events by its own field where there are aliases', () => {
    const rules = run(
      THREE +
        CORRELATION(
          'type: temporal\ngroup-by: [who]\naliases: {who: {a: user_id, b: agent_name}}\ntimespan: 10s',
          '[a, b]',
        ),
    );
    rules.at(0, { target: 'x', user_id: 'one', agent_name: 'two' });
    assert.deepEqual(rules.at(1, { target: 'y', user_id: 'one', agent_name: 'two' }), []);
    assert.deepEqual(rules.at(2, { target: 'y', user_id: 'three', agent_name: 'one' }), ['c high']);
  });
});

describe('temporal_ordered', () => {
  test('is all of the rules in this order', () => {
    const rules = run(
      THREE + CORRELATION('type: temporal_ordered\ngroup-by: [user_id]\ntimespan: 10s', '[a, b, d]'),
    );
    rules.at(0, { target: 'y' });
    rules.at(1, { target: 'x' });
    assert.deepEqual(rules.at(2, { target: 'z' }), []);
    rules.at(3, { target: 'y' });
    assert.deepEqual(rules.at(11, { target: 'z' }), []);
    rules.at(12, { target: 'x' });
    rules.at(13, { target: 'y' });
    assert.deepEqual(rules.at(13, { target: 'z' }), ['c high']);
    assert.equal(rules.findings[0]?.description, 'c: a, then b, then d of user alice within 10 s');
  });

  test('with distinct-by goes on with other values alone', () => {
    const rules = run(
      THREE + CORRELATION('type: temporal_ordered\ndistinct-by: [server_id]\ntimespan: 10s', '[a, b]'),
    );
    rules.at(0, { target: 'x', server_id: 's' });
    assert.deepEqual(rules.at(1, { target: 'y', server_id: 's' }), []);
    rules.at(2, { target: 'x', server_id: 't' });
    assert.deepEqual(rules.at(3, { target: 'y', server_id: 't' }), ['c high']);
  });

  test('takes no event for two of its steps', () => {
    const rules = run(
      `${BASE('a', 'x')}---\n${BASE('b', "'*'")}${CORRELATION('type: temporal_ordered\ntimespan: 10s', '[a, b]')}`,
    );
    assert.deepEqual(rules.at(0, { target: 'x' }), []);
    assert.deepEqual(rules.at(1, { target: 'x' }), ['c high']);
  });
});

describe('files', () => {
  test('the specification’s example, with fields of ours, loads as it is', () => {
    const rules = run(`title: Correlation - Multiple Failed Logins Followed by Successful Login
id: b180ead8-d58f-40b2-ae54-c8940995b9b6
status: experimental
description: Detects multiple failed logins by a single user followed by a successful login of that user
references:
    - https://reference.com
author: An author
date: 2023-06-16
correlation:
    type: temporal_ordered
    rules:
        - multiple_failed_login
        - successful_login
    group-by:
        - user_id
    timespan: 10m
falsepositives:
    - Unlikely
level: high
---
title: Multiple failed logons
id: a8418a5a-5fc4-46b5-b23b-6c73beb19d41
description: Detects multiple failed logins within a certain amount of time
name: multiple_failed_login
correlation:
    type: event_count
    rules:
        - failed_login
    group-by:
        - user_id
    timespan: 10m
    condition:
        gte: 10
---
title: Single failed login
id: 53ba33fd-3a50-4468-a5ef-c583635cfa92
name: failed_login
logsource:
    product: mcp
    service: security
detection:
    selection:
        type:
            - authentication
        result: failure
    condition: selection
---
title: Successful login
id: 4d0a2c83-c62c-4ed4-b475-c7e23a9269b8
description: Detects a successful login
name: successful_login
tags: [attack.credential-access]
logsource:
    product: mcp
detection:
    selection:
        type: authentication
        result: success
    condition: selection
`);
    assert.deepEqual(rules.engine.ruleNames(), [
      { rule: 'b180ead8-d58f-40b2-ae54-c8940995b9b6', severity: 'high' },
    ]);
    const success = { ...FAILED, success: true };
    for (let at = 0; at < 9; at += 1) rules.at(at, FAILED);
    assert.deepEqual(rules.at(9, success), []);
    assert.deepEqual(rules.at(10, FAILED), []);
    assert.deepEqual(rules.at(11, success), ['b180ead8-d58f-40b2-ae54-c8940995b9b6 high']);
  });

  test('a rule that no correlation refers to raises for each match, or once in its realert', () => {
    const rules = run(BASE('a', 'x'));
    assert.deepEqual(rules.engine.ruleNames(), [{ rule: 'a', severity: 'medium' }]);
    assert.deepEqual(
      [0, 1].map((at) => rules.at(at, { target: 'x' })),
      [['a medium'], ['a medium']],
    );
    assert.equal(rules.findings[0]?.description, 'a of user alice at crm with x');
    const seldom = run(`${BASE('a', 'x')}realert: 5m\n`);
    assert.deepEqual(
      [0, 299, 300].map((at) => seldom.at(at, { target: 'x' }).length),
      [1, 0, 1],
    );
    assert.deepEqual(seldom.at(1, { target: 'x', user_id: 'bob' }), ['a medium']);
  });

  test('one that is referred to raises only where `generate` says so', () => {
    const COUNT = CORRELATION('type: event_count\ntimespan: 10s\ncondition: {gte: 2}');
    assert.deepEqual(run(BASE('a', 'x') + COUNT).engine.ruleNames(), [{ rule: 'c', severity: 'high' }]);
    const both = run(`${BASE('a', 'x')}${COUNT}generate: true\n`);
    assert.deepEqual(
      both.engine.ruleNames().map(({ rule }) => rule),
      ['a', 'c'],
    );
    assert.deepEqual(both.at(0, { target: 'x' }), ['a medium']);
  });

  test('levels are severities, and a correlation without one has the worst of its rules', () => {
    for (const [level, severity] of [
      ['informational', 'low'],
      ['low', 'low'],
      ['medium', 'medium'],
      ['high', 'high'],
      ['critical', 'critical'],
    ]) {
      assert.equal(run(`${BASE('a', 'x')}level: ${level}\n`).engine.ruleNames()[0]?.severity, severity);
    }
    const inherited = run(
      `${BASE('a', 'x')}level: low\n---\n${BASE('b', 'y')}level: critical\n${CORRELATION('type: temporal\ntimespan: 1m', '[a, b]').replace('level: high\n', '')}`,
    );
    assert.deepEqual(inherited.engine.ruleNames(), [{ rule: 'c', severity: 'critical' }]);
  });

  test('several correlations of one file share their rules, in whichever order they stand', () => {
    const count = (name: string, gte: number): string =>
      `title: ${name}\ncorrelation: {type: event_count, rules: a, timespan: 1d, condition: {gte: ${gte}}}\n---\n`;
    const rules = run(`---\n${count('two', 2)}${count('three', 3)}${BASE('a', 'x')}...\n`);
    assert.deepEqual(
      [0, 1, 2].map((at) => rules.at(at, { target: 'x' })),
      [[], ['two medium'], ['three medium']],
    );
  });

  test('a count of a correlation counts its findings', () => {
    const rules = run(
      `${BASE('a', 'x')}---
title: burst
name: burst
correlation: {type: event_count, rules: [a], timespan: 10s, condition: {gte: 3}}
${CORRELATION('type: event_count\ntimespan: 1h\ncondition: {gte: 2}', '[burst]')}`,
    );
    const raised = [0, 1, 2, 3, 4, 5, 20, 21, 22].map((at) => rules.at(at, { target: 'x' }).length);
    assert.deepEqual(raised, [0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });
});
