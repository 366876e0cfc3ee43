/** What a wrong policy says: the place, what is there, what to do. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { loadPolicy } from '../../src/policy/load';
import { PolicyError } from '../../src/policy/problem';

const folder = mkdtempSync(join(tmpdir(), 'policy-malformed-'));
mkdirSync(join(folder, '.yaml'));
after(() => rmSync(folder, { recursive: true }));

const HEAD = 'version: 1\nid: p\n';

/** Title, what follows the two lines of a valid policy, `line:column path`, words that the problem says. */
type Row = readonly [title: string, text: string, place: string, ...words: readonly string[]];

const SERVERS = 'servers: {fs: {match: {command: npx}}, crm: {match: {url: "https://crm.example/*"}}}\n';

const ROWS: readonly Row[] = [
  ['an unknown key', 'mod: enforce', '3:1 mod', 'unknown key `mod`', 'did you mean `mode`?', '`servers`'],
  ['an unknown key far from all', 'colour: red', '3:1 colour', 'unknown key `colour`', 'remove it'],
  [
    'an unknown key inside',
    `${SERVERS}rules:\n  - id: r\n    allow:\n      tols: x`,
    '7:7 rules[0].allow.tols',
    'unknown key `tols`',
    '`tool`',
  ],
  [
    'a key of an unknown guard',
    'on_error: {rate: open}',
    '3:12 on_error.rate',
    'unknown key `rate`',
    '`rate_limit`',
  ],
  [
    'a word outside its list',
    'mode: enforced',
    '3:7 mode',
    'the text `enforced`',
    'did you mean `enforce`?',
    '`observe`',
  ],
  ['a word nowhere near', 'mode: strict', '3:7 mode', 'write `off`, `observe`, `enforce`'],
  [
    'a percentage beyond all',
    'report: {thresholds: {error_percent: 120}}',
    '3:38 report.thresholds.error_percent',
    '120',
    '100',
  ],
  [
    'an unknown threshold',
    'report: {thresholds: {errors: 5}}',
    '3:23 report.thresholds.errors',
    'unknown key `errors`',
  ],
  [
    'text for yes and no',
    'identity: {required: yes}',
    '3:22 identity.required',
    'the text `yes`',
    'write `true` or `false`',
  ],
  ['quotes around yes and no', 'identity: {required: "true"}', '3:22 identity.required', 'remove the quotes'],
  [
    'an entry of a list outside its words',
    'identity: {from: [env, header]}',
    '3:24 identity.from[1]',
    '`header`',
    '`baggage`',
  ],
  [
    'a number for a duration',
    'timeout: {default: 30}',
    '3:20 timeout.default',
    'number `30`',
    'with its unit',
    '30s',
  ],
  ['an unknown unit', 'timeout: {default: 30min}', '3:20 timeout.default', '`30min`', 'ms, s, m, h, d'],
  ['a duration too long', 'timeout: {default: 2d}', '3:20 timeout.default', '`2d`', 'from 1ms to 1d'],
  [
    'a duration too short',
    'breaker: {half_open_after: 1ms}',
    '3:28 breaker.half_open_after',
    '`1ms`',
    'from 100ms to 1d',
  ],
  [
    'a window that is none',
    'limits: {budget: [{id: b, per: [user], points: 1, window: weekly}]}',
    '3:59 limits.budget[0].window',
    '`weekly`',
    '`month`',
  ],
  [
    'a missing field',
    'limits: {rate: [{id: r, per: [user], window: 1s}]}',
    '3:17 limits.rate[0].points',
    'is missing',
    'add `points`: a whole number',
  ],
  [
    'a missing field deep down',
    'tools_pin: {on_new: deny}',
    '3:12 tools_pin.file',
    'is missing',
    'add `file`: text',
  ],
  [
    'zero points',
    'limits: {rate: [{id: r, per: [user], points: 0, window: 1s}]}',
    '3:46 limits.rate[0].points',
    '`0`',
    'above 0',
  ],
  [
    'half a call',
    'limits: {rate: [{id: r, per: [user], points: 0.5, window: 1s}]}',
    '3:46 limits.rate[0].points',
    '`0.5`',
    'whole number',
  ],
  [
    'a negative cost',
    'limits: {budget: [{id: b, per: [user], points: 5, window: 1s, cost: {"*": -1}}]}',
    '3:75 limits.budget[0].cost["*"]',
    '`-1`',
    'at least 0',
  ],
  [
    'a word for a list',
    'limits: {rate: [{id: r, per: user, points: 5, window: 1s}]}',
    '3:30 limits.rate[0].per',
    '`user`',
    'write a list, in brackets',
  ],
  [
    'an empty list',
    'limits: {rate: [{id: r, per: [], points: 5, window: 1s}]}',
    '3:30 limits.rate[0].per',
    'an empty list',
    'at least 1',
  ],
  ['a list for a map', 'servers: [fs]', '3:10 servers', 'a list', 'write a map'],
  ['nothing after the colon', 'limits:\npaths: {}', '3:1 limits', 'nothing after the colon', 'write a map'],
  ['a store of an unknown kind', 'limits: {store: disk}', '3:17 limits.store', '`disk`', '`memory`', 'a map'],
  [
    'an unknown key in the store',
    'limits: {store: {redis: {url: "redis://h", timout: 1s}}}',
    '3:44 limits.store.redis.timout',
    'did you mean `timeout`?',
  ],
  [
    'a Redis URL that is none',
    'limits: {store: {redis: {url: "localhost:6379"}}}',
    '3:31 limits.store.redis.url',
    'a text',
    'redis://host:port',
  ],
  [
    'one Redis and a cluster',
    'limits: {store: {redis: {url: "redis://h", cluster: ["redis://h"]}}}',
    '3:25 limits.store.redis',
    'a map',
    'either `url` or `cluster`',
  ],
  [
    'neither of them',
    'limits: {store: {redis: {timeout: 1s}}}',
    '3:25 limits.store.redis',
    'either `url` or',
  ],
  [
    'a cluster without nodes',
    'limits: {store: {redis: {cluster: []}}}',
    '3:35 limits.store.redis.cluster',
    'an empty list',
  ],
  [
    'a cluster that is no list',
    'limits: {store: {redis: {cluster: "redis://h"}}}',
    '3:35 limits.store.redis.cluster',
    'a text',
    'write a list, in brackets',
  ],
  [
    'a node that is no URL',
    'limits: {store: {redis: {cluster: ["redis://h", "localhost:6379"]}}}',
    '3:49 limits.store.redis.cluster[1]',
    'a text',
    'redis://host:port',
  ],
  [
    'a database of a cluster',
    'limits: {store: {redis: {cluster: ["redis://h:6379/1"]}}}',
    '3:36 limits.store.redis.cluster[0]',
    'a text',
    'without a database',
  ],
  [
    'nodes of which one is encrypted',
    'limits: {store: {redis: {cluster: ["redis://h", "rediss://i"]}}}',
    '3:35 limits.store.redis.cluster',
    'a list',
    'all with rediss://',
  ],
  [
    'too short a retention',
    'audit: {dir: a, retention_days: 30}',
    '3:33 audit.retention_days',
    '`30`',
    'at least 90',
  ],
  ['two audit logs', 'audit: {dir: a, file: b}', '3:8 audit', 'a map', 'either `dir` or `file`'],
  [
    'a name with a space',
    'rules: [{id: my rule, deny: {}}]',
    '3:14 rules[0].id',
    '`my rule`',
    'letters, digits',
  ],
  [
    'an alias with a space',
    'servers: {my fs: {match: {command: npx}}}',
    '3:11 servers["my fs"]',
    'the key `my fs`',
    'letters, digits',
  ],
  [
    'an alias without match',
    'servers: {fs: {action: allow}}',
    '3:15 servers.fs',
    'without `match`',
    'add `match` with `url`',
  ],
  [
    'a match of both kinds',
    'servers: {fs: {match: {command: npx, url: "https://a/*"}}}',
    '3:23 servers.fs.match',
    'either `url` or `command`',
  ],
  [
    'a match for every server',
    'servers: {"*": {match: {command: npx}}}',
    '3:24 servers["*"].match',
    '`*` with a `match`',
    'give the server an alias',
  ],
  [
    'a URL without scheme',
    'servers: {crm: {match: {url: "crm.example/*"}}}',
    '3:30 servers.crm.match.url',
    'a URL with its scheme',
  ],
  [
    'two aliases of one server',
    'servers: {a: {match: {command: npx}}, b: {match: {command: npx}}}',
    '3:50 servers.b.match',
    'the same as that of `a`',
    'remove one',
  ],
  [
    'a rule without effect',
    `${SERVERS}rules: [{id: r}]`,
    '4:9 rules[0]',
    'exactly one of `allow`, `deny`, `require`',
  ],
  [
    'a rule with two',
    'rules: [{id: r, allow: {}, deny: {}}]',
    '3:9 rules[0]',
    'exactly one of `allow`, `deny`, `require`',
  ],
  [
    'a requirement of nobody',
    'rules: [{id: r, require: {tool: x}}]',
    '3:26 rules[0].require',
    'at least one of `agent`, `user`, `tenant`, `role`',
  ],
  [
    'two rules of one id',
    'rules:\n  - {id: r, deny: {tool: x}}\n  - {id: r, deny: {tool: y}}',
    '5:10 rules[1].id',
    '`r` is the id of rules[0] too (line 4)',
    'an id of its own',
  ],
  [
    'a rate and a budget of one id',
    'limits: {rate: [{id: a, per: [user], points: 1, window: 1s}], budget: [{id: a, per: [user], points: 1, window: 1s}]}',
    '3:77 limits.budget[0].id',
    'limits.rate[0]',
  ],
  [
    'an unknown server in a rule',
    `${SERVERS}rules: [{id: r, allow: {server: [fs, crn]}}]`,
    '4:38 rules[0].allow.server[1]',
    '`crn` is no alias',
    'did you mean `crm`?',
  ],
  [
    'a server although there are none',
    'rules: [{id: r, allow: {server: "*"}}]',
    '3:33 rules[0].allow.server',
    '`servers` names none',
    'add the server',
  ],
  [
    'alternatives in braces',
    'rules: [{id: r, deny: {tool: "{write,edit}_*"}}]',
    '3:30 rules[0].deny.tool',
    '`{write,edit}_*`',
    'entries of a list',
  ],
  [
    'an expression that does not compile',
    'content: {patterns: [{id: a, regex: "(a"}]}',
    '3:37 content.patterns[0].regex',
    'missing closing )',
    'RE2 syntax',
  ],
  [
    'an expression with a lookahead',
    'content: {patterns: [{id: a, regex: "a(?=b)"}]}',
    '3:37 content.patterns[0].regex',
    'does not compile',
    'no lookaround',
  ],
  [
    'an expression with a backreference',
    String.raw`content: {patterns: [{id: a, regex: '(a)\1'}]}`,
    '3:37 content.patterns[0].regex',
    'does not compile',
    'no backreferences',
  ],
  [
    'a glob that does not compile',
    'paths: {deny: ["**/{a,b"]}',
    '3:16 paths.deny[0]',
    'a bracket is not closed',
    'close every bracket',
  ],
  ['a root that hangs in the air', 'paths: {root: data}', '3:15 paths.root', '`data`', 'an absolute path'],
  [
    'an extension without its dot',
    'paths: {extensions: [txt]}',
    '3:22 paths.extensions[0]',
    '`txt`',
    'with its dot',
  ],
  [
    'a URL for a host',
    'urls: {allow: ["https://a.example/*"]}',
    '3:16 urls.allow[0]',
    'a host name without scheme',
  ],
  ['a scheme with its colon', 'urls: {schemes: ["https:"]}', '3:18 urls.schemes[0]', 'without its colon'],
  [
    'a cost that is never reached',
    'limits: {budget: [{id: b, per: [user], points: 9, window: 1d, cost: {"*": 1, "crm/x": 5}}]}',
    '3:87 limits.budget[0].cost["crm/x"]',
    '`*` comes first',
    'move it before',
  ],
  [
    'a cost above the budget',
    'limits: {budget: [{id: b, per: [user], points: 9, window: 1d, cost: {"crm/x": 10, "*": 1}}]}',
    '3:79 limits.budget[0].cost["crm/x"]',
    '10 is more than',
    'lower the cost',
  ],
  [
    'a budget that costs nothing',
    'limits: {budget: [{id: b, per: [user], points: 9, window: 1d, cost: {"*": 0}}]}',
    '3:69 limits.budget[0].cost',
    'never be spent',
    'above 0',
  ],
  [
    'a burst longer than its window',
    'limits: {rate: [{id: r, per: [user], points: 9, window: 1m, burst: {points: 2, window: 1h}}]}',
    '3:88 limits.rate[0].burst.window',
    '`1h`',
    'less than 1m',
  ],
  [
    'a burst above its limit',
    'limits: {rate: [{id: r, per: [user], points: 9, window: 1m, burst: {points: 20, window: 1s}}]}',
    '3:77 limits.rate[0].burst.points',
    '20 is more than',
    'write 9 or less',
  ],
  [
    'a scope without its server',
    'limits: {rate: [{id: r, per: [user], for: search, points: 9, window: 1m}]}',
    '3:43 limits.rate[0].for',
    'no slash',
    '`*/search`',
  ],
  [
    'a variable that is not set',
    'audit: {dir: "${env:POLICY_TEST_UNSET}"}',
    '3:14 audit.dir',
    '`${env:POLICY_TEST_UNSET}` is not set',
    'set the environment variable POLICY_TEST_UNSET',
  ],
  [
    'a file that is not there',
    'audit: {dir: "${file:./nowhere}"}',
    '3:14 audit.dir',
    '`${file:./nowhere}` cannot be read (ENOENT)',
    'write the value into a file',
  ],
  [
    'a variable of no source',
    'audit: {dir: "${HOME}"}',
    '3:14 audit.dir',
    '`${HOME}`: no source is named',
    '`${env:NAME}`',
  ],
  [
    'a variable of an unknown source',
    'audit: {dir: "${vault:x}"}',
    '3:14 audit.dir',
    'unknown source `vault`',
    '`${file:PATH}`',
  ],
  [
    'a reference without its end',
    'audit: {dir: "${env:HOME"}',
    '3:14 audit.dir',
    'the closing brace is missing',
  ],
  // Syntax.
  ['a key that is there twice', 'mode: observe\nmode: enforce', '4:1 ', 'there twice', 'keep one'],
  ['a bracket that is not closed', 'identity: {required: true', '3:26 ', 'close'],
  ['a tab as indentation', 'identity:\n\trequired: true', '4:1 ', 'a tab', 'indent with spaces'],
  ['a quote that is not closed', 'mode: "enforce', '3:15 ', 'missing character', 'close what was opened'],
  ['an alias without its anchor', 'mode: *m', '3:7 ', 'alias without its anchor', 'quotes'],
  [
    'a glob that is not in quotes',
    `${SERVERS}rules: [{id: r, deny: {tool: *x}}]`,
    '4:30 ',
    'alias without its anchor',
    'in quotes',
  ],
  ['a tag', 'mode: !secret enforce', '3:7 ', 'a tag', 'in quotes'],
  ['a second document', 'mode: observe\n---\nmode: enforce', '4:1 ', 'a second document', 'remove'],
  ['a map within a line', 'audit: dir: a', '3:8 ', 'a map inside a line', 'quotes'],
  [
    'a rule of the monitor that there is not',
    'monitor: {rules: [brute_forse]}',
    '3:19 monitor.rules[0]',
    '`brute_forse`',
    'one of brute_force, privilege_escalation',
    '.yaml file',
  ],
  [
    'a rule of the monitor twice',
    'monitor: {rules: [brute_force, sensitive_flow, brute_force]}',
    '3:48 monitor.rules[2]',
    '`brute_force` is there twice',
    'keep one',
  ],
  [
    'a file of rules that is not there',
    'monitor: {rules: [brute_force, rules/none.yaml]}',
    '3:32 monitor.rules[1]',
    'cannot be read (ENOENT)',
    'a file that is there',
  ],
  [
    'a file of rules that is a folder',
    'monitor: {rules: [./.yaml]}',
    '3:19 monitor.rules[0]',
    'it is no file',
  ],
  [
    'an unknown key of the monitor',
    'monitor: {anomalies: {}}',
    '3:11 monitor.anomalies',
    'unknown key `anomalies`',
    'did you mean `anomaly`?',
  ],
  [
    'an unknown detector',
    'monitor: {anomaly: {detectors: [latencies]}}',
    '3:33 monitor.anomaly.detectors[0]',
    '`latencies`',
    'did you mean `latency`?',
  ],
  ['too many keys of the monitor', 'monitor: {keys_max: 1000000}', '3:21 monitor.keys_max', 'at most 100000'],
  [
    'a silence of the monitor that is none',
    'monitor: {anomaly: {realert: 1s}}',
    '3:30 monitor.anomaly.realert',
    'from 1m to 30d',
  ],
  [
    'a tag that is no name',
    'classification: {"top secret": ["*"]}',
    '3:18 classification["top secret"]',
    'letters, digits',
  ],
];

function problemsOf(text: string | Buffer, name = 'policy.yaml'): PolicyError {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  try {
    loadPolicy(file);
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the policy was taken' });
}

describe('a malformed policy', () => {
  for (const [title, text, place, ...words] of ROWS) {
    test(title, () => {
      const error = problemsOf(HEAD + text);
      const places = error.problems.map(({ line, column, path }) => `${line}:${column} ${path}`);
      const index = places.indexOf(place);
      assert.ok(index !== -1, `${place} is not among ${places.join(', ')}`);
      const { found, remedy, allowed = '' } = error.problems[index]!;
      for (const word of words) assert.ok(`${found}; ${remedy}; ${allowed}`.includes(word), error.message);
      assert.ok(remedy.length > 5, 'there is a remedy');
      // One mistake is not many problems.
      assert.equal(error.problems.length, 1, error.message);
      const [line = '', column = ''] = place.split(/[: ]/);
      assert.ok(error.message.includes(`${join(folder, 'policy.yaml')}:${line}:${column}: `), error.message);
    });
  }

  test('the table has at least 40 rows, no two alike', () => {
    assert.ok(ROWS.length >= 40);
    assert.equal(new Set(ROWS.map(([title]) => title)).size, ROWS.length);
    assert.equal(new Set(ROWS.map(([, text]) => text)).size, ROWS.length);
  });

  test('every problem is listed, in the order of the file', () => {
    const { problems, message } = problemsOf(`${HEAD}mod: x\nidentity: {required: 1}\nrules: [{id: r}]\n`);
    assert.deepEqual(
      problems.map(({ line }) => line),
      [3, 4, 5],
    );
    assert.match(message, /^3 problems in the policy\n/);
  });

  test('the files that are no policy at all', () => {
    const cases: readonly (readonly [string | Buffer, RegExp])[] = [
      ['', /the file is empty; write a map/],
      ['just words', /the text `just words`; write a map/],
      ['- a\n- b', /a list; write a map/],
      [Buffer.from([0x76, 0xff, 0xfe]), /not UTF-8; save it as UTF-8/],
      [`# ${'x'.repeat(1_048_576)}`, /larger than 1048576 bytes/],
      [HEAD.replace('1', '2'), /version: the number `2`; write `1`/],
      [HEAD.replace('1', '"1"'), /version: the text `1`/],
      ['[['.repeat(20_000), /policy\.yaml/],
    ];
    for (const [text, expected] of cases) assert.match(problemsOf(text).message, expected);
    const missing = join(folder, 'missing.yaml');
    assert.throws(
      () => loadPolicy(missing),
      /missing\.yaml: the file cannot be read \(ENOENT\); name a file/,
    );
    mkdirSync(join(folder, 'folder.yaml'));
    assert.throws(
      () => loadPolicy(join(folder, 'folder.yaml')),
      /it is no file; name the policy file itself/,
    );
  });

  test('aliases that stand for too much', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 12; at += 1) {
      lines.push(`a${at}: &a${at} [${Array.from({ length: 9 }, () => `*a${at - 1}`).join(', ')}]`);
    }
    const before = performance.now();
    assert.match(problemsOf(lines.join('\n')).message, /aliases that stand for too much/);
    assert.ok(performance.now() - before < 2_000, 'it is found before it is spelled out');
  });

  test('JSON has the same places', () => {
    const text = '{\n  "version": 1,\n  "id": "p",\n  "limits": {\n    "store": "disk"\n  }\n}\n';
    const { problems } = problemsOf(text, 'policy.json');
    assert.deepEqual(
      problems.map(({ line, column, path }) => [line, column, path]),
      [[5, 14, 'limits.store']],
    );
  });
});
