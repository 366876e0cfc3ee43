/** `policy check`, `policy test`, `policy init`. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { checkPolicyFile } from '../../src/simulate/check';
import type { CheckReport } from '../../src/simulate/check';
import { policyCommand, policyJson } from './cli';
import { Workshop } from './support';

const workshop = new Workshop();
after(() => workshop.remove());

const HEAD = 'version: 1\nid: checked\n';
const QUIET = 'audit: { dir: ./audit }\n';

let count = 0;
function policy(body: string): string {
  count += 1;
  return workshop.file(`checked-${count}.yaml`, HEAD + body);
}

const check = (body: string): CheckReport => checkPolicyFile(policy(body), () => ({}));

const warningsOf = (body: string): string[] =>
  check(body + QUIET).warnings.map(({ path, found }) => `${path}: ${found}`);

function lineOf(report: CheckReport, item: RegExp): string {
  const line = report.checklist.find((one) => item.test(one.item));
  assert.ok(line, String(item));
  return `${line.done ? 'x' : '-'} ${line.why}`;
}

describe('a policy that is not valid', () => {
  test('is exit code 1, with file, line, field and remedy', async () => {
    const file = policy('mood: observe\nrules: [{ id: a, alow: { tool: x } }]\n');
    const { stdout } = await policyCommand(['check', file], { code: 1 });
    assert.match(stdout, /^not valid/);
    assert.match(stdout, /checked-\d+\.yaml:3:1: mood: unknown key `mood`; remove it/);
    assert.match(stdout, /:4:18: rules\[0\]\.alow: unknown key `alow`; did you mean `allow`\?/);
    const report = await policyJson<CheckReport>(['check', file], { code: 1 });
    assert.equal(report.valid, false);
    assert.equal(report.problems.length, 3);
    assert.deepEqual([report.checklist, report.guards], [[], []]);
  });

  test('so is one that an agent cannot put in force: its key is missing or short', () => {
    const [missing] = check('audit: { dir: ./audit, key_file: ./no.key }\n').problems;
    assert.match(missing!.found, /cannot be read \(ENOENT\)/);
    workshop.file('short.key', 'abc');
    const [short] = check('audit: { dir: ./audit, key_file: ./short.key }\n').problems;
    assert.match(short!.found, /too short/);
    assert.equal(short!.path, 'audit.key_file');
    assert.equal(short!.line, 3);
  });

  test('a lock file that is none is told, for every call would meet it', () => {
    workshop.file('broken.lock.json', '{"version":2}');
    const [warning] = check(`tools_pin: { file: ./broken.lock.json }\n${QUIET}`).warnings;
    assert.equal(warning!.path, 'tools_pin.file');
    assert.match(warning!.found, /broken\.lock\.json/);
    assert.deepEqual(check(`tools_pin: { file: ./none.lock.json }\n${QUIET}`).warnings, []);
    const strict = check(`tools_pin: { file: ./none.lock.json, on_new: deny }\n${QUIET}`).warnings;
    assert.match(strict[0]!.found, /there is no lock file yet, and `on_new` denies every tool/);
  });

  test('and a file that is not there', async () => {
    const { stdout } = await policyCommand(['check', join(workshop.folder, 'none.yaml')], { code: 1 });
    assert.match(stdout, /cannot be read \(ENOENT\)/);
    await policyCommand(['check'], { code: 64 });
  });
});

describe('warnings', () => {
  const server = (alias: string, match: string, more = ''): string =>
    `  ${alias}: { match: ${match}${more} }\n`;
  const A = server('a', "{ url: 'https://a.example/*' }");

  for (const [what, body, expected] of [
    ['nothing', 'identity: { required: true }\n', []],
    [
      'a launcher that stands for every server',
      `servers:\n${server('any', '{ command: npx, args: [-y] }')}`,
      ['servers.any.match: every server that `npx` starts is taken for `any`'],
    ],
    [
      'one whose package is named',
      `servers:\n${server('one', "{ command: npx, args: [-y, 'some-server'] }")}`,
      [],
    ],
    [
      'an alias behind a wider one',
      `servers:\n${A}${server('b', "{ url: 'https://a.example/b/*' }")}`,
      ['servers.b.match: it never matches, because `a` comes first and matches all of it'],
    ],
    [
      'servers that no entry matches, under enforce',
      `mode: enforce\nservers:\n${A}`,
      ['servers: servers that no entry matches may be used'],
    ],
    [
      'a rule for a server that is denied',
      `servers:\n${server('a', "{ url: 'https://a.example/*' }", ', action: deny')}rules: [{ id: r, allow: { server: a } }]\n`,
      ['rules[0].allow: it makes no difference: `a` is denied as a server'],
    ],
    [
      'a method that no call with a tool has',
      'rules: [{ id: r, deny: { tool: x, method: resources/read } }]\n',
      ['rules[0].deny: it can never match: a call with a tool has the method tools/call'],
    ],
    [
      'a method that no guard decides about',
      'rules: [{ id: r, deny: { method: tools/list } }]\n',
      ['rules[0].deny: it can never match: guards decide about no such method'],
    ],
    [
      'what a deny rule denies anyway',
      "rules: [{ id: r, allow: { tool: 'read_*', user: ann } }, { id: s, deny: { tool: '*' } }]\n",
      ['rules[0].allow: it allows nothing, because `s` denies all of it'],
    ],
    [
      'a deny rule that is narrower',
      "rules: [{ id: r, allow: { tool: '*' } }, { id: s, deny: { tool: 'a*' } }]\n",
      [],
    ],
    [
      'a rule within another',
      "rules: [{ id: r, deny: { tool: 'a*' } }, { id: s, deny: { tool: ab, user: ann } }]\n",
      ['rules[1].deny: it adds nothing to `r`, which says the same of more calls'],
    ],
    [
      'limits in memory, for users that need not be there',
      'limits: { rate: [{ id: q, per: [user], points: 1, window: 1s }] }\n',
      [
        'limits.store: limits are counted in memory, in each process and worker thread by itself: five of them admit five times as much',
        'limits.rate[0].per: all calls without a user id share one counter of a tenant',
      ],
    ],
    [
      'what acts under enforce alone',
      'timeout: { default: 5s }\n',
      ['timeout: it acts under `enforce` alone'],
    ],
  ] as const) {
    test(`about ${what}`, () => assert.deepEqual(warningsOf(body), expected));
  }

  test('about a policy without an audit log', () => {
    assert.match(check('').warnings[0]!.found, /there is no audit log/);
  });
});

describe('the verification checklist', () => {
  test('has nine lines, in order, none of them done by an empty policy but the file system’s', async () => {
    const file = policy('mode: enforce\n');
    const { stdout } = await policyCommand(['check', file], { env: { OTEL_SDK_DISABLED: 'true' } });
    const lines = stdout.split('\n').filter((line) => /^- \[[ x]\] /.test(line));
    assert.deepEqual(
      lines.map((line) => line.replace(/: .*/, '')),
      [
        '- [ ] All security tests passing',
        '- [ ] Audit logging working',
        '- [ ] Prometheus metrics available (if installed)',
        '- [ ] Content sanitization active',
        '- [ ] Multi-tenant isolation enforced',
        '- [x] Filesystem safety enabled',
        '- [ ] Rate limiting configured',
        '- [ ] Budget tracking enabled',
        '- [ ] Scheduled cleanup running',
      ],
    );
    assert.ok(
      lines.every((line) => /: .+$/.test(line)),
      'each says why',
    );
  });

  test('is met by a policy that does all of it', async () => {
    const cases = workshop.file(
      'all.yaml',
      'cases: [{ name: nobody, call: { tool: x }, expect: { verdict: deny, guard: identity } }]\n',
    );
    mkdirSync(join(workshop.folder, 'audit'), { recursive: true });
    const file = policy(`mode: enforce
identity: { required: true, bind_session: true }
content: {}
limits:
  rate: [{ id: q, per: [user], points: 9, window: 60s }]
  budget: [{ id: b, per: [user], points: 9, window: day }]
  store: { memory: { cleanup_interval: 1h } }
${QUIET}`);
    const report = await policyJson<CheckReport>(['check', file, '--cases', cases]);
    assert.deepEqual(
      report.checklist.filter(({ done }) => !done),
      [],
    );
    assert.equal(lineOf(report, /tests/), 'x 1 of 1 cases pass');
    assert.match(lineOf(report, /Prometheus/), /x metrics go to otlp http:\/\/localhost:4318/);
    assert.match(lineOf(report, /Audit/), /without a key/);
  });

  test('says of what is observed that nothing is denied', () => {
    const report = check(`content: {}\nidentity: { required: true, bind_session: true }\n${QUIET}`);
    assert.match(lineOf(report, /Content/), /^- observed only/);
    assert.match(lineOf(report, /tenant/), /^- observed only/);
    assert.match(lineOf(report, /Filesystem/), /^- observed only/);
  });

  test('knows a file system without a root', () => {
    const entry =
      "servers: { f: { match: { command: npx, args: ['-y', 'x'] }, filesystem: { enabled: true } } }\n";
    assert.match(
      lineOf(check(`mode: enforce\n${entry}`), /Filesystem/),
      /^- f may be used and has no `root`/,
    );
    assert.match(
      lineOf(check(`mode: enforce\n${entry}paths: { root: /srv }\n`), /Filesystem/),
      /^x .*f stays in \/srv/,
    );
  });

  test('a failing case is exit code 1', async () => {
    const cases = workshop.file('failing.yaml', 'cases: [{ name: all, call: { tool: x }, expect: deny }]\n');
    const { stdout } = await policyCommand(['check', policy(QUIET), '--cases', cases], { code: 1 });
    assert.match(stdout, /- \[ \] All security tests passing: 0 of 1 cases pass/);
  });
});

test('what the monitor watches is a line of its own', async () => {
  const monitorLine = async (text: string): Promise<string | undefined> => {
    const { monitor } = await policyJson<CheckReport>(['check', policy(`${text}\n${QUIET}`)]);
    return monitor?.text;
  };
  assert.equal(await monitorLine(''), 'off: the policy has no `monitor`');
  const standard = await monitorLine('monitor: {}');
  assert.match(
    standard!,
    /^on: rules brute_force, privilege_escalation, unusual_data_access, sensitive_flow; detectors call_rate, /,
  );
  assert.match(
    standard!,
    /; unusual_data_access finds nothing until `classification` has `sensitive`; sensitive_flow finds nothing until/,
  );
  assert.equal(
    await monitorLine(
      'monitor: { rules: [unusual_data_access], anomaly: { enabled: false }, state_file: usual.json }\nclassification: { sensitive: [ "crm/*" ] }',
    ),
    'on: rules unusual_data_access; no anomaly detectors; what is usual is kept in usual.json',
  );
  const { stdout } = await policyCommand(['check', policy(`monitor: {}\n${QUIET}`)]);
  assert.match(stdout, /^Monitor\n {2}on: rules brute_force, /m);
});

test('what variables of the environment change is said, and holds', async () => {
  const file = policy(
    `mode: enforce\nlimits: { rate: [{ id: q, per: [user], points: 9, window: 60s }] }\n${QUIET}`,
  );
  const env = {
    MCP_GUARD_MODE: 'observe',
    CONTEXT_REQUIRE_USER_ID: 'true',
    CONTEXT_CLEANUP_INTERVAL_HOURS: '1',
  };
  const {
    environment,
    guards,
    policy: head,
    checklist,
  } = await policyJson<CheckReport>(['check', file], { env });
  assert.deepEqual(environment.variables, [
    'MCP_GUARD_MODE',
    'CONTEXT_REQUIRE_USER_ID',
    'CONTEXT_CLEANUP_INTERVAL_HOURS',
  ]);
  assert.ok(environment.changes.includes('mode: enforce → observe'));
  assert.ok(environment.changes.some((text) => text.startsWith('identity')));
  assert.equal(head!.mode, 'observe');
  assert.deepEqual(guards.find(({ guard }) => guard === 'rate_limit')!.observe, ['q']);
  assert.equal(checklist.at(-1)!.done, true);
});

test('no value that the environment or a file stands for is printed', async () => {
  const file = policy(
    `limits: { store: { redis: { url: '\${env:SECRET_URL}' } }, rate: [{ id: q, per: [user], points: 9, window: 60s }] }\n`,
  );
  const env = {
    SECRET_URL: 'redis://:hunter2@localhost:6379',
    MCP_GUARD_MODE: 'observe',
    CONTEXT_MAX_PER_USER: '5',
  };
  for (const json of [[], ['--json']]) {
    assert.doesNotMatch((await policyCommand(['check', file, ...json], { env })).stdout, /hunter2/);
  }
});

describe('cases', () => {
  const file = workshop.file(
    'tested.yaml',
    `${HEAD}mode: enforce
identity: { required: true, mode: observe }
limits:
  rate: [{ id: q, per: [user], points: 2, window: 60s }]
  budget: [{ id: b, per: [user], points: 3, window: day }]
`,
  );
  const cases = (body: string): string => {
    count += 1;
    return workshop.file(`cases-${count}.yaml`, body);
  };

  test('pass one by one, each with counters of its own', async () => {
    const given = cases(`policy: tested.yaml
cases:
  - { name: observed, call: { tool: x }, expect: { verdict: deny, action: observed, guard: identity } }
  - name: a window
    call: { tool: x, identity: { userId: ann } }
    sequence:
      - { times: 2, expect: allow }
      - { at: 59999ms, expect: { guard: rate_limit, rule: q, reason: window_full } }
      - { at: 60s, expect: allow }
  - name: a day ends
    now: 2026-01-31T23:59:00Z
    call: { tool: x, identity: { userId: ann } }
    sequence:
      - { times: 2, expect: allow }
      - { at: 2026-02-01T00:02:00Z, times: 2, expect: allow }
      - { at: 2026-02-01T00:04:00Z, expect: allow }
      - { at: 2026-02-01T00:06:00Z, expect: { guard: budget } }
`);
    const { stdout } = await policyCommand(['test', given]);
    assert.equal(stdout, 'ok    observed\nok    a window\nok    a day ends\n\nall 3 cases pass\n');
  });

  test('fail with what was expected and decided, and exit code 1', async () => {
    const given = cases(`cases:
  - name: wrong
    call: { tool: x, identity: { userId: ann } }
    sequence: [{ times: 3, expect: allow }]
  - { name: other guard, call: { tool: x }, expect: { guard: budget } }
`);
    const { stdout } = await policyCommand(['test', given, '--policy', file], { code: 1 });
    assert.match(
      stdout,
      /FAIL {2}wrong\n.*cases-\d+\.yaml:2: call 3 of 3: expected allow, decided deny \(blocked\); rate_limit q: window_full/,
    );
    assert.match(stdout, /expected guard budget, decided deny \(observed\); identity: user_missing/);
    const report = await policyJson<{ failed: number; cases: { passed: boolean }[] }>(
      ['test', given, '--policy', file],
      { code: 1 },
    );
    assert.equal(report.failed, 2);
    assert.deepEqual(
      report.cases.map(({ passed }) => passed),
      [false, false],
    );
  });

  for (const [what, body, message] of [
    ['unknown keys', 'cases: [{ name: a, call: { tool: x }, expct: allow }]\n', /cases\[0\]/],
    [
      'neither expect nor sequence',
      'cases: [{ name: a, call: { tool: x } }]\n',
      /either `expect` or `sequence`/,
    ],
    [
      'a call that is none',
      'cases: [{ name: a, call: { tol: x }, expect: allow }]\n',
      /:1:\d+: cases\[0\]: unknown key `tol`/,
    ],
    [
      'a time that is none',
      'cases: [{ name: a, call: { tool: x }, sequence: [{ at: soon, expect: allow }] }]\n',
      /`soon` is no time/,
    ],
    ['no YAML', 'cases: [\n', /wrong indentation, or a bracket/],
  ] as const) {
    test(`are not valid with ${what}`, async () => {
      assert.match(
        (await policyCommand(['test', cases(body), '--policy', file], { code: 1 })).stderr,
        message,
      );
    });
  }

  test('need a policy', async () => {
    const given = cases('cases: [{ name: a, call: { tool: x }, expect: allow }]\n');
    assert.match((await policyCommand(['test', given], { code: 64 })).stderr, /names no policy/);
  });
});

describe('the policy to begin with', () => {
  test('is valid, observes, and is not written over another file', async () => {
    const out = join(workshop.folder, 'begun.yaml');
    await policyCommand(['init', '--out', out, '--id', 'mine']);
    const report = await policyJson<CheckReport>(['check', out]);
    assert.deepEqual([report.policy!.id, report.policy!.mode], ['mine', 'observe']);
    assert.ok(report.guards.every(({ enforce }) => enforce.length === 0));
    assert.equal(statSync(out).mode & 0o022, 0, 'nobody else can write to it');
    assert.match((await policyCommand(['init', '--out', out], { code: 1 })).stderr, /--force overwrites it/);
    await policyCommand(['init', '--out', out, '--force']);
    assert.match(readFileSync(out, 'utf8'), /^id: my-agent$/m);
    await policyCommand(['init', '--id', 'no good'], { code: 64 });
    assert.ok(existsSync(out));
  });

  test('is valid with everything that its comments suggest', async () => {
    const { stdout } = await policyCommand(['init']);
    const uncommented = stdout
      .replace('servers: {}', 'servers:')
      .replace('rules: []', 'rules:')
      .replaceAll(/^ {2}# (?!In memory)/gm, '  ')
      .replaceAll(/^# (?=(?:paths|timeout|retry):)/gm, '');
    const file = workshop.file('uncommented.yaml', uncommented);
    const report = await policyJson<CheckReport>(['check', file], { code: 0 });
    assert.deepEqual(report.problems, []);
    assert.ok(report.guards.some(({ guard }) => guard === 'tool_allowlist'));
  });
});
