/** `policy explain`: what it says of a call is what a real agent meets. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { loadPolicy } from '../../src/policy/load';
import { Explainer, LineExplainer } from '../../src/simulate/explain';
import { serverByTransport, serverNamed } from '../../src/simulate/servers';
import { policyCommand, policyJson } from './cli';
import type { ScriptedCall } from './support';
import { arrivalsOf, matchOf, recordsOf, serverEntries, Workshop } from './support';

const POLICY = `
version: 1
id: explained
mode: enforce
identity: { required: true }
servers:
  files:
    match: { command: npx, args: ['-y', '@modelcontextprotocol/server-filesystem*'] }
    filesystem: { enabled: true, root: /srv/data }
  crm: { match: { url: 'https://mcp.crm.example/*' } }
  '*': { action: deny }
rules:
  - { id: read, allow: { server: files, tool: ['read_*', 'list_*'] } }
  - { id: crm, allow: { agent: 'support-*', server: crm } }
  - { id: memo, allow: { server: crm, resource: 'memo:*' } }
  - { id: ask, allow: { server: crm, prompt: 'ask*' } }
  - { id: tried, deny: { role: temp }, mode: observe }
limits:
  rate: [{ id: q1, per: [user, tool], points: 3, window: 60s }]
  budget: [{ id: b1, per: [user], points: 12, window: day, cost: { 'crm/search': 5, '*': 1 } }]
`;

interface Answer {
  readonly verdict: string;
  readonly action: string;
  readonly mode: string;
  readonly guard?: string;
  readonly rule?: string;
  readonly id?: number;
  readonly error?: string;
  readonly line?: number;
  readonly decisions: readonly {
    readonly guard: string;
    readonly verdict: string;
    readonly remaining?: number;
  }[];
}

const workshop = new Workshop();
after(() => workshop.remove());
const file = workshop.file('explained.yaml', POLICY);

async function answers(
  lines: readonly unknown[],
  options: readonly string[] = [],
  code = 0,
): Promise<Answer[]> {
  const stdin = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const { stdout } = await policyCommand(['explain', '--policy', file, '--json', ...options], {
    stdin,
    code,
  });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Answer);
}

const shown = ({ action, guard = '', rule = '' }: Answer): string => `${action} ${guard} ${rule}`.trim();

describe('one call by options', () => {
  test('is explained guard by guard, with the line of the rule', async () => {
    const args = [
      'explain',
      '--policy',
      file,
      '--server',
      'crm',
      '--tool',
      'search',
      '--user',
      'ann',
      '--agent',
      'support-1',
    ];
    const { stdout } = await policyCommand(args);
    assert.match(stdout, /^tools\/call search on crm for ann by support-1\nallowed\n/);
    assert.match(stdout, /budget +allow +b1 \(line 20\); 7 of 12 left/);
    assert.match(stdout, /not in this policy: tenant, /);
  });

  test('that is denied says by whom, why, and what was not asked any more', async () => {
    const args = ['explain', '--policy', file, '--server', 'files', '--tool', 'read_file', '--user', 'ann'];
    const { stdout } = await policyCommand([...args, '--arguments', '{"path":"../../etc/passwd"}']);
    assert.match(stdout, /^denied: path_traversal, a path leads out of the root$/m);
    assert.match(stdout, /not asked any more: rate_limit, budget/);
    const path = workshop.file('arguments.json', '{"path":"notes.txt"}');
    assert.match((await policyCommand([...args, '--arguments', `@${path}`])).stdout, /^allowed$/m);
  });

  test('that is only observed is told apart', async () => {
    const args = [
      'explain',
      '--policy',
      file,
      '--server',
      'crm',
      '--tool',
      'x',
      '--user',
      'a',
      '--agent',
      'support-1',
    ];
    const { stdout } = await policyCommand([...args, '--role', 'temp']);
    assert.match(
      stdout,
      /^goes on; under enforce it would be denied: tool_allowlist \(tried\), a deny rule fits$/m,
    );
  });

  test('names from outside do not reach the terminal as they are', async () => {
    const args = [
      'explain',
      '--policy',
      file,
      '--server',
      'crm',
      '--tool',
      '\u001b[2J\u202egnp',
      '--user',
      'ann',
    ];
    const { stdout } = await policyCommand(args);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /[\u001b\u202e]/);
  });

  test('wrong options are exit code 64, a policy that is not valid is 1', async () => {
    const { stderr } = await policyCommand(['explain', '--policy', file, '--server', 'crm'], { code: 64 });
    assert.match(stderr, /--server without a call/);
    await policyCommand(['explain', '--tool', 'x'], { code: 64 });
    const bad = workshop.file('bad.yaml', 'version: 1\nid: x\nmood: y\n');
    assert.match(
      (await policyCommand(['explain', '--policy', bad, '--tool', 'x'], { code: 1 })).stderr,
      /bad\.yaml:3:1: mood/,
    );
  });
});

describe('calls on standard input', () => {
  const ann = { userId: 'ann', agentName: 'support-1' };

  test('have one answer a line, in their order', async () => {
    const found = await answers([
      { method: 'tools/call', server: 'crm', tool: 'search', arguments: {}, identity: ann },
      { server: 'crm', tool: 'search', identity: { user: 'ann', agent: 'other' }, id: 7 },
      { server: 'files', tool: 'write_file', identity: ann },
      { server: 'https://mcp.crm.example/a?b', resource: 'memo://1', identity: { user_id: 'bob' } },
      {
        server: 'npx -y @modelcontextprotocol/server-filesystem@1 "/my data"',
        tool: 'read_file',
        identity: ann,
      },
      { server: ['npx', '-y', 'something-else'], tool: 'read_file', identity: ann },
      { server: 'crm', prompt: 'ask-me', identity: { userId: 'eve' } },
      { method: 'tools/list', server: 'crm' },
      { server: 'crm', tool: 'x', identity: { ...ann, allowTools: ['y'] } },
    ]);
    assert.deepEqual(found.map(shown), [
      'allowed',
      'blocked tool_allowlist',
      'blocked tool_allowlist',
      'allowed',
      'allowed',
      'blocked server_allowlist *',
      'allowed',
      'allowed',
      'blocked tool_allowlist',
    ]);
    assert.equal(found[1]!.id, 7);
    assert.deepEqual(found[7]!.decisions, [], 'no guard decides about it');
    assert.equal(found[0]!.mode, 'enforce');
    assert.equal(found[0]!.decisions.find(({ guard }) => guard === 'budget')?.remaining, 7);
  });

  test('count, on the clock that they bring', async () => {
    const call = { server: 'crm', tool: 'read', identity: ann };
    const at = (time: string) => ({ ...call, at: time });
    const found = await answers([
      at('2026-01-01T00:00:00Z'),
      call,
      call,
      at('2026-01-01T00:00:59.999Z'),
      at('2026-01-01T00:01:00Z'),
      { ...call, tool: 'search' },
      // It cannot be earlier than the call before.
      { ...call, tool: 'search', at: '2025-12-31T00:00:00Z' },
    ]);
    assert.deepEqual(found.map(shown), [
      'allowed',
      'allowed',
      'allowed',
      'blocked rate_limit q1',
      'allowed',
      'allowed',
      'blocked budget b1',
    ]);
  });

  test('are decided each by itself with --independent', async () => {
    const found = await answers(
      Array.from({ length: 20 }, () => ({ server: 'crm', tool: 'search', identity: ann })),
      ['--independent'],
    );
    assert.deepEqual(new Set(found.map(shown)), new Set(['allowed']));
  });

  test('that are none are answered in their place, and the exit code says so', async () => {
    const found = await answers(
      [
        '{',
        { server: 'crm', tol: 'x' },
        { server: 'crm', tool: 'x', identity: { nick: 'a' } },
        '',
        { tool: 1 },
        [],
        { server: 'crm', tool: 'read', identity: ann },
        { tool: 'x', at: 'soon' },
        { tool: 'x', arguments: [] },
      ],
      [],
      1,
    );
    assert.deepEqual(
      found.map(({ error, line }) => [line, error]),
      [
        [1, 'no JSON'],
        [2, 'unknown key `tol`; did you mean `tool`?'],
        [3, '`identity` has no `nick`; it has userId, tenantId, agentName, roles, sessionId, allowTools'],
        [5, '`tool` is a text'],
        [6, 'a call is a JSON object'],
        [undefined, undefined],
        [8, '`at` is a time such as 2026-01-31T08:00:00Z, or milliseconds since 1970'],
        [9, '`arguments` is an object'],
      ],
    );
  });

  test('are 100,000 in less than 10 s', () => {
    const lines = Array.from({ length: 100_000 }, (_, index) =>
      JSON.stringify({
        method: 'tools/call',
        server: index % 2 === 0 ? 'crm' : 'files',
        tool: `read_${index % 50}`,
        arguments: { path: `dir/${index}.txt`, note: 'x'.repeat(100) },
        identity: { userId: `user-${index % 1_000}`, agentName: 'support-1', roles: ['ops'] },
      }),
    );
    const answering = new LineExplainer(new Explainer(loadPolicy(file)));
    // Of this process alone: the machine may be busy otherwise.
    const before = process.cpuUsage();
    let characters = 0;
    for (const line of lines) characters += answering.answer(line)!.text.length;
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    assert.ok(characters > lines.length * 100);
    assert.ok(seconds < 10, `${seconds.toFixed(1)} s`);
  });
});

test('what is said of calls is what a real agent meets', async () => {
  const servers = {
    files: { match: matchOf('files') },
    crm: { match: matchOf('crm') },
    web: { match: matchOf('web'), action: 'deny' as const },
  };
  const { file: policy, audit } = workshop.policy(
    {
      mode: 'enforce',
      servers,
      identity: { required: true },
      rules: [
        { id: 'a', allow: { server: 'files', tool: ['read_*', 'search'] } },
        { id: 'b', deny: { tenant: 'acme', tool: 'search' } },
        { id: 'c', require: { role: 'ops', tool: 'fetch' } },
      ],
      paths: { root: '/srv/data' },
      content: {},
      limits: {
        size: { request_bytes: 200 },
        rate: [{ id: 'r', per: ['user', 'tool'], points: 4, window: '10s' }],
        budget: [{ id: 's', per: ['user'], points: 9, window: '1h' }],
      },
    },
    'full',
  );
  const tools = ['read_file', 'search', 'fetch', 'export_all'];
  const calls = Array.from({ length: 120 }, (_, index): ScriptedCall => ({
    server: index % 3 === 0 ? 'crm' : 'files',
    tool: tools[(index % 7) % 4]!,
    as: {
      userId: index % 11 === 0 ? undefined : `u${index % 3}`,
      tenantId: index % 5 === 0 ? 'acme' : undefined,
      roles: index % 2 === 0 ? ['ops'] : undefined,
    },
    arguments: {
      path: index % 13 === 0 ? '../x' : 'a.txt',
      note: 'x'.repeat((index * 7) % 230),
      more: index % 17 === 0 ? '\u200b' : '',
    },
    after: index % 10 === 0 ? 3_000 : 0,
  }));
  const happened = await workshop.run(policy, calls);
  const arrivals = await arrivalsOf(audit);
  const lines = calls.map(({ server, tool, arguments: given, as }, index) => {
    const { at } = arrivals[index]!;
    return JSON.stringify({ server, tool, arguments: given, identity: { ...as, agentName: 'arrivals' }, at });
  });
  const { stdout } = await policyCommand(['explain', '--policy', policy, '--json'], {
    stdin: lines.join('\n'),
  });
  const said = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Answer);
  const met = happened.map((denied) =>
    denied === null ? 'allowed' : `blocked ${denied.guard} ${denied.rule ?? ''}`.trim(),
  );
  assert.deepEqual(said.map(shown), met);
  assert.ok(new Set(met).size >= 8, `only ${[...new Set(met)].join(', ')}`);
  assert.ok((await recordsOf(audit)).length > calls.length);
});

test('servers are named by alias, URL, command line or list', () => {
  const { servers } = loadPolicy(file).policy;
  assert.deepEqual(serverNamed('crm', servers), {
    identity: 'https://mcp.crm.example/',
    serverId: 'crm',
    alias: 'crm',
  });
  assert.equal(serverNamed('*', servers).alias, '*');
  assert.deepEqual(serverByTransport('https://me:pw@a.example:8443/x?y=1'), {
    identity: 'https://me:pw@a.example:8443/x?y=1',
    serverId: 'https://a.example:8443',
  });
  assert.equal(
    serverByTransport(`node 'my server.js' --x="a b"`).identity,
    '["node","my server.js","--x=a b"]',
  );
  assert.equal(serverByTransport('["node","server.js"]').serverId, 'server.js');
  assert.equal(serverByTransport('[nothing').identity, '[nothing');
  assert.ok(Object.keys(serverEntries).length > 0);
});

test('JSON of one call has the same form', async () => {
  const args = [
    'explain',
    '--policy',
    file,
    '--server',
    'crm',
    '--tool',
    'search',
    '--user',
    'ann',
    '--agent',
    'support-1',
  ];
  const answer = await policyJson<Answer>(args);
  assert.equal(shown(answer), 'allowed');
  assert.equal(answer.verdict, 'allow');
});
