/** `policy diff`: what differs, and what of a log cannot be decided. */
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { loadPolicy } from '../../src/policy/load';
import { differencesOf } from '../../src/simulate/differences';
import { LoggedServers } from '../../src/simulate/logged-servers';
import type { ReplayDiff } from '../../src/simulate/replay-diff';
import { Timeline } from '../../src/simulate/timeline';
import { policyCommand, policyJson } from './cli';
import type { PolicyFile, ScriptedCall } from './support';
import { arrivalsOf, matchOf, serverEntries, Workshop } from './support';

const workshop = new Workshop();
after(() => workshop.remove());

interface Report {
  readonly differences: readonly { readonly text: string; readonly kind: string }[];
  readonly replay?: ReplayDiff & { readonly log: { readonly records: number; readonly bad_lines: number } };
}

const SERVERS = {
  files: { match: matchOf('files') },
  crm: { match: matchOf('crm') },
  web: { match: matchOf('web') },
};

let count = 0;
function written(body: string): string {
  count += 1;
  return workshop.file(`diff-${count}.yaml`, `version: 1\nid: diff\n${body}`);
}

describe('differences', () => {
  const texts = (old: string, now: string): string[] =>
    differencesOf(loadPolicy(written(old)), loadPolicy(written(now))).map(({ text }) => text);

  test('there are none of a policy and itself, however it is written', () => {
    assert.deepEqual(texts('mode: observe\nrules: []\n', '# the same\nrules: []\n'), []);
  });

  test('are told by the ids of rules and limits, in any order', () => {
    const rule = (id: string, tool: string): string => `  - { id: ${id}, deny: { tool: '${tool}' } }\n`;
    const limit = (points: number): string =>
      `limits: { rate: [{ id: q, per: [user], points: ${points}, window: 60s }] }\n`;
    assert.deepEqual(
      texts(
        `mode: observe\nrules:\n${rule('a', 'x')}${rule('b', 'y')}${limit(60)}`,
        `mode: enforce\nrules:\n${rule('b', 'z')}${rule('c', 'w')}${limit(20)}`,
      ),
      [
        'mode: observe → enforce',
        'rule a removed: { id: a, deny: { tool: x } }',
        'rule b, deny.tool: y → z',
        'rule c added: { id: c, deny: { tool: w } }',
        'rate limit q, points: 60 → 20',
      ],
    );
  });

  test('never show what `${…}` stands for', async () => {
    const redis = (name: string): string =>
      written(
        `limits: { store: { redis: { url: '\${env:${name}}' } }, rate: [{ id: q, per: [user], points: 1, window: 1s }] }\n`,
      );
    const env = { ONE: 'redis://:hunter2@a', TWO: 'redis://:hunter3@b' };
    const { stdout } = await policyCommand(['diff', redis('ONE'), redis('TWO')], { env });
    assert.match(stdout, /\$\{env:ONE\} → \$\{env:TWO\}/);
    assert.doesNotMatch(stdout, /hunter/);
  });
});

describe('over a log', () => {
  const calls: ScriptedCall[] = Array.from({ length: 40 }, (_, index) => ({
    server: ['files', 'crm', 'web'][index % 3]!,
    as: { userId: `u${index % 4}`, tenantId: 'acme' },
    tool: ['read_file', 'export_all'][index % 2]!,
    arguments: { path: 'a.txt', url: 'https://a.example/', deep: { er: [1, 2] }, note: 'x'.repeat(80) },
    after: 500,
  }));
  let old: PolicyFile;
  let strict: PolicyFile;

  before(async () => {
    old = workshop.policy({ mode: 'observe', servers: SERVERS });
    strict = workshop.policy({
      mode: 'enforce',
      servers: SERVERS,
      rules: [
        { id: 'no-export', deny: { tool: 'export_*' } },
        { id: 'tried', deny: { server: 'web' }, mode: 'observe' },
      ],
    });
    await workshop.run(old.file, calls);
  });

  test('tells newly denied calls by rule and user, with examples, blocked and observed apart', async () => {
    const { replay } = await policyJson<Report>([
      'diff',
      old.file,
      strict.file,
      '--replay',
      old.audit,
      '--examples',
      '3',
    ]);
    assert.equal(replay!.calls, 40);
    assert.deepEqual(replay!.outcomes.old, {
      allowed: 40,
      blocked: 0,
      observed: 0,
      modified: 0,
      failed_open: 0,
    });
    const { newly_denied: denied, newly_allowed: allowed } = replay!;
    const observed = calls.filter(({ server, tool }) => server === 'web' && tool === 'read_file').length;
    assert.equal(denied.blocked, 20);
    assert.equal(denied.calls, 20 + observed);
    assert.deepEqual(
      denied.by_rule.map(({ guard, rule, calls: number, users }) => [guard, rule, number, users]),
      [
        ['tool_allowlist', 'no-export', 20, 2],
        ['tool_allowlist', 'tried', observed, 2],
      ],
    );
    assert.deepEqual(
      denied.by_user
        .filter(({ rule }) => rule === 'no-export')
        .map(({ user_id: user, calls: number }) => [user, number]),
      [
        ['u1', 10],
        ['u3', 10],
      ],
    );
    assert.equal(denied.examples.length, 3);
    assert.equal(denied.examples[0]!.to, 'blocked');
    assert.equal(allowed.calls, 0);
    assert.deepEqual(replay!.agreement, { compared: 40, agreeing: 40 });
  });

  test('tells for people what it tells programs', async () => {
    const { stdout } = await policyCommand(['diff', old.file, strict.file, '--replay', old.audit]);
    assert.match(stdout, /40 calls of 1 process, /);
    assert.match(stdout, /Newly denied: \d+ calls of 4 users, 20 of them blocked/);
    assert.match(stdout, /20 +2 +tool_allowlist \(no-export\) +a deny rule fits/);
    assert.match(stdout, /Newly allowed: none/);
    assert.match(stdout, /decides as the log says in 40 of 40 calls/);
  });

  test('tells newly allowed calls of a log under enforce', async () => {
    const enforced = workshop.policy({
      mode: 'enforce',
      servers: SERVERS,
      rules: [{ id: 'none', deny: { server: 'crm' } }],
    });
    await workshop.run(enforced.file, calls);
    const { replay } = await policyJson<Report>([
      'diff',
      enforced.file,
      old.file,
      '--replay',
      enforced.audit,
    ]);
    assert.equal(replay!.newly_denied.calls, 0);
    assert.equal(replay!.newly_allowed.blocked, calls.filter(({ server }) => server === 'crm').length);
    assert.deepEqual(replay!.newly_allowed.by_rule[0]!.rule, 'none');
    assert.equal(replay!.agreement.agreeing, 40);
  });

  test('lists what a log without arguments cannot decide, and no more', async () => {
    const cases = [
      [{ paths: { root: '/srv' } }, ['path_traversal']],
      [{ urls: {} }, ['url']],
      [{ content: { in: ['results'] } }, ['content_results']],
      [{ content: {} }, ['content', 'content_results']],
      [{ limits: { size: { request_bytes: 10_000, depth: 32 } } }, ['size_details']],
      [{ limits: { size: { request_bytes: 10_000, depth: 200 } } }, []],
      [{ identity: { required: true, bind_session: true } }, ['tenant']],
      [{ tools_pin: { file: './none.lock.json' } }, ['tool_pin']],
      [{ rules: [{ id: 'r', deny: { tool: 'x' } }] }, []],
    ] as const;
    for (const [body, expected] of cases) {
      const now = workshop.policy({ mode: 'enforce', servers: SERVERS, ...body } as never);
      const { replay } = await policyJson<Report>(['diff', old.file, now.file, '--replay', old.audit]);
      assert.deepEqual(
        Object.keys(replay!.undecided).toSorted(),
        [...expected].toSorted(),
        JSON.stringify(body),
      );
    }
  });

  test('is not decided where the server is another one by what the log says', async () => {
    const wider = workshop.policy({
      mode: 'enforce',
      servers: { some: { match: { command: 'node', args: ['*'] }, action: 'deny' } },
    });
    const open = await policyJson<Report>(['diff', old.file, wider.file, '--replay', old.audit]);
    assert.equal(open.replay!.undecided.server, 40);
    assert.match(open.replay!.servers['crm']!, /taken for `some`/);
    const said = Object.entries(serverEntries).flatMap(([name, { command, args }]) => [
      '--server',
      `${name}=${JSON.stringify([command, ...args])}`,
    ]);
    const closed = await policyJson<Report>(['diff', old.file, wider.file, '--replay', old.audit, ...said]);
    assert.equal(closed.replay!.undecided.server, undefined);
    assert.equal(closed.replay!.newly_denied.blocked, 40);
  });

  test('counts each process by itself', async () => {
    const twice = workshop.policy({ mode: 'observe', servers: SERVERS });
    const some = calls.slice(0, 12);
    await workshop.run(twice.file, some);
    await workshop.run(twice.file, some);
    const limits = { rate: [{ id: 'q', per: ['user' as const], points: 2, window: '1h' }] };
    const inMemory = workshop.policy({ mode: 'enforce', servers: SERVERS, limits });
    const one = await policyJson<Report>(['diff', twice.file, inMemory.file, '--replay', twice.audit]);
    assert.equal(one.replay!.processes, 2);
    // Of each of four users three calls in each process.
    assert.equal(one.replay!.newly_denied.blocked, 2 * 4);
    const redis = { redis: { url: 'redis://127.0.0.1:1' } };
    const inRedis = workshop.policy({
      mode: 'enforce',
      servers: SERVERS,
      limits: { ...limits, store: redis },
    });
    const shared = await policyJson<Report>(['diff', twice.file, inRedis.file, '--replay', twice.audit]);
    assert.equal(shared.replay!.newly_denied.blocked, 24 - 2 * 4);
  });

  test('takes lines of other programs, and says how many it could not use', async () => {
    const [name] = readdirSync(old.audit);
    const mixed = workshop.file(
      'mixed.log',
      readFileSync(join(old.audit, name!), 'utf8').replaceAll(/^/gm, 'INFO MCP_AUDIT: '),
    );
    appendFileSync(
      mixed,
      [
        'something else',
        'MCP_AUDIT: {"event":"mcp_tool_call","tool_name":"export_all","server_id":"crm","user_id":"old","agent_name":"a","params_hash":"abc","success":true,"latency_ms":12,"timestamp":"2024-12-01T10:00:00Z"}',
        'MCP_AUDIT: {"event":"mcp_tool_call","tool_name":{"a":1},"server_id":"crm","timestamp":"2024-12-01T10:00:00Z"}',
        'MCP_AUDIT: {"event":"mcp_tool_call","tool_name":"x","decisions":[null],"timestamp":"2024-12-01T10:00:00Z"}',
        'MCP_AUDIT: {"event":"mcp_tool_call","tool_name":"x","latency_ms":-1e308,"timestamp":"2024-12-01T10:00:00Z"}',
        'MCP_AUDIT: {"action":"allowed","event":"mcp_tool_ca',
        '',
      ].join('\n'),
    );
    const { replay } = await policyJson<Report>(['diff', old.file, strict.file, '--replay', mixed]);
    assert.equal(replay!.calls, 41);
    assert.equal(replay!.log.bad_lines, 4);
    assert.equal(replay!.newly_denied.blocked, 21);
    assert.equal(replay!.first, '2024-12-01T09:59:59.988Z');
  });

  test('wrong use is exit code 64, a policy that is not valid 1, a log that is not there 3', async () => {
    await policyCommand(['diff', old.file], { code: 64 });
    await policyCommand(['diff', old.file, strict.file, '--replay', old.audit, '--server', 'x'], {
      code: 64,
    });
    await policyCommand(['diff', old.file, written('mood: x\n')], { code: 1 });
    await policyCommand(['diff', old.file, strict.file, '--replay', join(workshop.folder, 'none')], {
      code: 3,
    });
  });

  test('reads standard input', async () => {
    const [name] = readdirSync(old.audit);
    const stdin = readFileSync(join(old.audit, name!), 'utf8');
    const { replay } = await policyJson<Report>(['diff', old.file, strict.file, '--replay', '-'], { stdin });
    assert.equal(replay!.calls, 40);
  });

  test('orders calls by their decisions', async () => {
    const arrivals = await arrivalsOf(old.audit);
    assert.deepEqual(
      arrivals.map(({ userId }) => userId),
      calls.map(({ as }) => as!.userId),
    );
    assert.ok(arrivals.every(({ at }, index) => index === 0 || at >= arrivals[index - 1]!.at));
  });
});

describe('servers of a log', () => {
  const servers = {
    crm: { match: { url: 'https://mcp.crm.example/*' }, action: 'allow', propagate: 'all' },
    part: { match: { url: 'https://part.example/mcp' }, action: 'allow', propagate: 'all' },
    files: {
      match: { command: 'npx', args: ['-y', '@scope/server-filesystem*'] },
      action: 'allow',
      propagate: 'all',
    },
    '*': { action: 'deny', propagate: 'all' },
  } as const;
  const logged = new LoggedServers(servers as never, new Map([['said', 'https://mcp.crm.example/x']]));

  for (const [id, alias, isDoubted] of [
    ['https://mcp.crm.example', 'crm', false],
    ['https://part.example', 'part', true],
    ['https://other.example', '*', false],
    ['@scope/server-filesystem', 'files', true],
    ['@scope/server-filesystem#2', 'files', true],
    ['server.js', '*', true],
    ['inmemory', '*', false],
    ['said', 'crm', false],
    ['files', 'files', false],
  ] as const) {
    test(`${id} is ${alias}${isDoubted ? ', perhaps' : ''}`, () => {
      const found = logged.of(id, undefined);
      assert.equal(found.alias, alias);
      assert.equal(found.doubt !== undefined, isDoubted);
    });
  }

  test('keep the entry that they had, where it is the same', () => {
    const recorded = {
      old: { match: { url: 'https://mcp.crm.example/*' } },
      some: { match: { command: 'npx', args: ['-y', '*'] } },
    };
    assert.deepEqual(
      [logged.of('old', recorded as never).alias, logged.of('old', recorded as never).doubt],
      ['crm', undefined],
    );
    assert.notEqual(logged.of('some', recorded as never).doubt, undefined);
  });

  test('are two where they are two, for limits by server', () => {
    const [one, other] = ['a.example', 'b.example'].map((host) => logged.of(`https://${host}`, undefined));
    assert.notEqual(one!.identity, other!.identity);
  });
});

test('what is due is done in the order of its time', () => {
  const timeline = new Timeline();
  const done: string[] = [];
  for (const [at, name] of [
    [5, 'e'],
    [1, 'a'],
    [3, 'c'],
    [3, 'd'],
    [2, 'b'],
    [9, 'z'],
  ] as const) {
    timeline.add(at, () => done.push(name));
  }
  timeline.until(3);
  assert.deepEqual(done, ['a', 'b', 'c', 'd']);
  timeline.until(8);
  assert.deepEqual(done.join(''), 'abcde');
});
