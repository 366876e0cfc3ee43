/** `otel-mcp monitor` as people and cron run it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { compileMonitor } from '../../src/monitor/compile';
import type { MonitoredLine } from '../../src/monitor/line';
import { openStateFile } from '../../src/monitor/state-file';
import { policySchema } from '../../src/policy/schema';
import type { FindingRow, MonitorReport } from '../../src/simulate/monitoring/model';
import {
  alert,
  blocked,
  call,
  failed,
  HOUR,
  logOf,
  MINUTE,
  series,
  START,
  temporaryFolder,
  type Cleanup,
  type Line,
} from '../report/support';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram, type ProgramOptions } from '../support/run-program';

const DAY = 24 * HOUR;
const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');

const otelMcp = (args: readonly string[], options: ProgramOptions = {}) =>
  runProgram(PROGRAM, { args: ['monitor', ...args], ...options });

type Fields = NonNullable<Parameters<typeof call>[0]>;

const at = (ms: number, fields: Fields = {}): Fields => ({
  timestamp: new Date(START + ms).toISOString(),
  ...fields,
});

/** Denied calls of administrative tools, a second apart: three are a critical finding. */
const admin = (times: number, fields: Fields = {}, from = START): Line[] =>
  series(times, from, 1_000, (time) =>
    blocked({ ...time, tool_name: 'drop', target: 'admin_drop', ...fields }),
  );

const auth = (fields: Fields = {}): Fields => {
  const {
    action: _,
    latency_ms: __,
    outcome: ___,
    ...line
  } = call({ event: 'mcp_auth', method: 'http_401', success: false, ...fields });
  return line;
};

/** Failed authentications: five are a finding of severity high. */
const logins = (times: number, fields: Fields = {}): Line[] =>
  series(times, START, 1_000, (time) => auth({ ...time, ...fields }));

const quiet = (): Line[] => [call(at(0)), call(at(MINUTE)), failed(at(2 * MINUTE))];
const high = (): Line[] => [...quiet(), ...logins(5)];
const critical = (): Line[] => [...high(), ...admin(3)];

function policyOf(t: Cleanup, policy: object = {}): string {
  const file = join(temporaryFolder(t), 'policy.json');
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      id: 'p',
      monitor: {},
      classification: { sensitive: ['*/read_file'] },
      ...policy,
    }),
  );
  return file;
}

async function reportOf(args: readonly string[], options?: ProgramOptions): Promise<MonitorReport> {
  const { stdout } = expectExit(await otelMcp([...args, '--json', '--fail-on', 'none'], options));
  return JSON.parse(stdout) as MonitorReport;
}

const rulesOf = ({ findings }: { readonly findings: readonly FindingRow[] }): string[] =>
  findings.map(({ rule }) => rule);

describe('exit codes', () => {
  for (const [name, lines, args, code] of [
    ['no finding', quiet, [], 0],
    ['a high finding', high, [], 2],
    ['a high finding, failing on critical ones', high, ['--fail-on', 'critical'], 0],
    ['a critical finding, failing on critical ones', critical, ['--fail-on', 'critical'], 2],
    ['a critical finding, failing on none', critical, ['--fail-on', 'none'], 0],
    ['findings of a severity that was not asked for', high, ['--severity', 'critical'], 0],
    ['findings of a rule that was not asked for', high, ['--rule', 'privilege_escalation'], 0],
    ['findings after the period', high, ['--until', '2026-03-01T00:00:03Z'], 0],
    ['findings before the period', high, ['--since', '2026-03-01T01:00:00Z'], 0],
    ['a period before all records', high, ['--until', '2026-02-01'], 0],
    ['no record', () => ['text', '{"a":1}'], [], 3],
    ['an empty log', () => [], [], 3],
  ] as const) {
    test(`${code}: ${name}`, async (t) => {
      const result = expectExit(await otelMcp([logOf(t, lines()), ...args]), code);
      if (code === 3) assert.match(result.stderr, /^otel-mcp: no audit record in /m);
      else assert.match(result.stdout, code === 2 ? /^\d findings?: / : /^(No|\d) findings?/);
    });
  }

  test('1: a medium finding; and with --compare what was raised here alone', async (t) => {
    const policy = policyOf(t);
    const reads = logOf(t, series(10, START, MINUTE, call));
    assert.match(expectExit(await otelMcp([reads, '--policy', policy]), 1).stdout, /^1 finding: 1 medium$/m);
    assert.equal(expectExit(await otelMcp([reads, '--policy', policy, '--fail-on', 'none']), 0).stderr, '');
    const compared = await otelMcp([reads, '--policy', policy, '--fail-on', 'none', '--compare']);
    assert.match(expectExit(compared, 1).stdout, /^ {2}0 by both, 0 live alone, 1 here alone$/m);
  });

  test('3: a log, a policy, rules or a state that cannot be read', async (t) => {
    const folder = temporaryFolder(t);
    const log = logOf(t, quiet());
    writeFileSync(join(folder, 'policy.json'), '{"version":1,"id":"p","monitors":{}}');
    writeFileSync(join(folder, 'rules.yaml'), 'title: x\ndetection: {a: {colour: red}, condition: a}\n');
    const rules = join(folder, 'with-rules.json');
    writeFileSync(rules, JSON.stringify({ version: 1, id: 'p', monitor: { rules: ['rules.yaml'] } }));
    mkdirSync(join(folder, 'empty'));
    for (const [args, said] of [
      [[join(folder, 'none.log')], /no audit log at .*none\.log/],
      [[join(folder, 'empty')], /no audit record in .*empty/],
      [[log, '--policy', join(folder, 'none.json')], /none\.json/],
      [[log, '--policy', join(folder, 'policy.json')], /unknown key `monitors`/],
      [[log, '--policy', rules], /rules\.yaml.*`?colour`?/s],
      [[log, '--state', join(folder, 'none.state')], /none\.state/],
    ] as const) {
      const { stderr, stdout } = expectExit(await otelMcp(args), 3);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /^ +at /m, 'no stack');
      assert.equal(stdout, '');
    }
  });

  test('64: a command line that is wrong', async (t) => {
    const log = logOf(t, quiet());
    for (const [args, said] of [
      [[log, '--severity', 'worst'], /--severity is one of low, medium, high, critical, not 'worst'/],
      [[log, '--fail-on', 'warning'], /--fail-on is one of none, low, medium, high, critical/],
      [[log, '--rule', 'brute'], /--rule: there is no 'brute'; there are brute_force, privilege_escalation/],
      [[log, '--since', 'yesterday'], /--since is a time such as/],
      [[log, '--limit', '0'], /--limit is a whole number from 1/],
      [[log, '--limit', '10001'], /--limit is at most 10000: --jsonl prints all findings/],
      [[log, '--json', '--jsonl'], /--json and --jsonl say two things/],
      [[log, '--compare', '--jsonl'], /--jsonl and --compare do not go together/],
      [[log, '--compare', '--merge'], /--merge and --compare do not go together/],
      [[log, '-', '--merge'], /--merge reads the beginning of every file first/],
      [[log, '--follow'], /unknown option '--follow'/],
    ] as const) {
      assert.match(expectExit(await otelMcp(args), 64).stderr, said);
    }
  });
});

describe('what it prints', () => {
  test('a table, the events of each finding, sums, and what was read', async (t) => {
    const lines = [...quiet(), ...admin(4, { user_id: 'mallory' }), call(at(HOUR, { user_id: 'mallory' }))];
    const { stdout, stderr } = expectExit(await otelMcp([logOf(t, lines)]), 2);
    assert.equal(stderr, '', 'no progress where stderr is no terminal');
    assert.match(stdout, /^1 finding: 1 critical$/m);
    assert.match(
      stdout,
      /^ {2}2026-03-01 00:00:02 {2}critical {2}privilege_escalation +1\.00 +3 {2}3 denied calls .*mallory/m,
    );
    assert.match(stdout, /^critical {2}3 denied calls .*\n {2}Rule +privilege_escalation$/m);
    assert.match(stdout, /^ {2}To do {2}Stop the agent's session/m);
    const events = stdout.match(
      /^ {4}2026-03-01 00:00:0\d {2}drop {2}filesystem {2}mallory {2}denied \(tool_allowlist, not_in_allowlist\)$/gm,
    );
    assert.equal(events?.length, 3, 'those that led to it, and not what came after');
    assert.match(stdout, /^Findings by rule\n.*\n {2}privilege_escalation {2}critical +1$/m);
    assert.match(stdout, /^Findings by user\n.*\n {2}mallory +1$/m);
    assert.match(stdout, /^ {2}8 records in 8 lines of 1 file, .*; 1 monitor\.$/m);
    assert.match(stdout, /without a policy nothing is classified/);
    const brief = expectExit(await otelMcp([logOf(t, lines), '--brief']), 2).stdout;
    assert.doesNotMatch(brief, /To do/);
    assert.match(brief, /^Findings by rule$/m);
    assert.ok(
      (await reportOf([logOf(t, lines), '--brief'])).findings.every((finding) => !('timeline' in finding)),
    );
  });

  test('the worst, of those the latest, when there are more than --limit', async (t) => {
    const many = [
      ...['a', 'b', 'c'].flatMap((user_id, index) => admin(3, { user_id }, START + index * HOUR)),
      ...logins(5),
    ];
    const report = await reportOf([logOf(t, many), '--limit', '2']);
    assert.deepEqual(
      report.findings.map(({ severity, user_id }) => [severity, user_id]),
      [
        ['critical', 'b'],
        ['critical', 'c'],
      ],
    );
    assert.deepEqual(report.summary.by_severity, { low: 0, medium: 0, high: 1, critical: 3 });
    assert.deepEqual(
      report.summary.by_user,
      [
        { name: 'ann', count: 1 },
        { name: 'a', count: 1 },
        { name: 'b', count: 1 },
        { name: 'c', count: 1 },
      ].toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    );
    const { stdout } = expectExit(await otelMcp([logOf(t, many), '--limit', '2']), 2);
    assert.match(stdout, /^ {2}and 2 more, none of them worse: --limit$/m);
  });

  test('JSON: findings as audit lines have them, with their events and the place of the line', async (t) => {
    const log = logOf(t, critical());
    const report = await reportOf([log]);
    assert.deepEqual(rulesOf(report), ['privilege_escalation', 'brute_force']);
    const [first] = report.findings;
    const { timeline, description, recommended_action, call_id, ...rest } = first!;
    assert.deepEqual(rest, {
      time: '2026-03-01T00:00:02.000Z',
      rule: 'privilege_escalation',
      severity: 'critical',
      score: 1,
      category: 'security_alert',
      group: { user_id: 'ann' },
      count: 3,
      since: rest.since,
      tool_name: 'drop',
      server_id: 'filesystem',
      user_id: 'ann',
      agent_name: 'deploy_agent',
      writer: '',
      file: log,
      line: 11,
    });
    assert.ok(description.length > 0 && recommended_action !== undefined && call_id !== undefined);
    assert.equal(timeline?.total, 3);
    assert.deepEqual(
      timeline?.events.map(({ action, event, guard, type }) => [event, type, action, guard]),
      Array.from({ length: 3 }, () => ['mcp_access_denied', 'authorization', 'blocked', 'tool_allowlist']),
    );
    assert.equal(report.schema_version, 1);
    assert.equal(report.policy, null);
    assert.ok(report.rules.some(({ rule, severity }) => rule === 'brute_force' && severity === 'high'));
  });

  test('JSON Lines: every finding, as it is found', async (t) => {
    const { stdout } = expectExit(await otelMcp([logOf(t, critical()), '--jsonl', '--limit', '1']), 2);
    const findings = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as FindingRow);
    assert.deepEqual(rulesOf({ findings }), ['brute_force', 'privilege_escalation']);
    assert.ok(findings.every((finding) => !('timeline' in finding)));
  });

  test('nothing with --quiet, unless there is what --fail-on names', async (t) => {
    const none = expectExit(await otelMcp([logOf(t, quiet()), '--quiet']), 0);
    assert.deepEqual([none.stdout, none.stderr], ['', '']);
    assert.equal(expectExit(await otelMcp([logOf(t, high()), '-q', '--fail-on', 'critical']), 0).stdout, '');
    assert.match(expectExit(await otelMcp([logOf(t, high()), '-q']), 2).stdout, /^1 finding: 1 high$/m);
  });

  test('names cannot steer the terminal', async (t) => {
    const user = 'mal\u001B[2Jlory\u202E\n';
    const { stdout } = expectExit(
      await otelMcp([logOf(t, admin(3, { user_id: user, server_id: user, tool_name: user }))]),
      2,
    );
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('as much as a reader wants', async (t) => {
    const log = logOf(t, critical());
    const child = spawn(process.execPath, [PROGRAM, 'monitor', log, '--jsonl'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    await once(child, 'close');
    assert.equal(stderr, '');
  });

  test('Ctrl-C ends it while it waits for standard input', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'monitor', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.write(`${JSON.stringify(call())}\n`);
    await new Promise((done) => setTimeout(done, 500));
    child.kill('SIGINT');
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    assert.deepEqual([code, signal], [null, 'SIGINT']);
  });
});

describe('what it reads', () => {
  const text = (lines: readonly Line[]): string =>
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

  test('standard input, named or not, with the events of each finding', async () => {
    for (const args of [['-'], []]) {
      const { findings } = await reportOf(args, { stdin: text(critical()) });
      assert.deepEqual(rulesOf({ findings }), ['privilege_escalation', 'brute_force']);
      assert.deepEqual(
        findings.map(({ timeline }) => timeline?.events.length),
        [3, 5],
      );
    }
    assert.match(expectExit(await otelMcp(['-'], { stdin: '' }), 3).stderr, /no audit record in -/);
  });

  test('files, folders, globs and .gz together, each file once; lines with a prefix; bad lines are counted', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'a.jsonl'), text(logins(2)));
    writeFileSync(
      join(folder, 'b.log'),
      `10:00 INFO starting\nMCP_AUDIT: ${text(logins(1))}{"event":"mcp_auth","time`,
    );
    writeFileSync(
      join(folder, 'c.jsonl.gz'),
      gzipSync(text([...logins(2), call({ user_id: 7 }), call({ timestamp: 'now' })])),
    );
    const { coverage, findings } = await reportOf([folder, join(folder, '*.jsonl')]);
    assert.deepEqual(rulesOf({ findings }), ['brute_force']);
    assert.equal(coverage.file_count, 3);
    assert.deepEqual(coverage.bad_lines, { total: 3, torn: 1, unreadable: 0, too_long: 0, unusable: 2 });
    assert.equal(coverage.foreign_lines, 1);
    assert.equal(coverage.records, 5);
  });

  test('the log of a policy, under its rules and classification; nothing is written', async (t) => {
    const policy = policyOf(t, {
      audit: { dir: 'audit' },
      monitor: { rules: ['unusual_data_access'], state_file: 'state.json' },
    });
    const folder = join(policy, '..');
    mkdirSync(join(folder, 'audit'));
    writeFileSync(
      join(folder, 'audit', 'run.jsonl'),
      text([...critical(), ...series(10, START, MINUTE, call)]),
    );
    const before = statSync(policy).mtimeMs;
    const report = await reportOf(['--policy', policy]);
    assert.deepEqual(rulesOf(report), ['unusual_data_access']);
    assert.equal(report.policy?.id, 'p');
    assert.deepEqual(readdirSync(folder).toSorted(), ['audit', 'policy.json']);
    assert.equal(statSync(policy).mtimeMs, before);
  });

  test('a policy without `monitor` gives its classification to the rules that come with the package', async (t) => {
    const policy = policyOf(t, { monitor: undefined });
    const { stdout } = expectExit(
      await otelMcp([logOf(t, series(10, START, MINUTE, call)), '--policy', policy]),
      1,
    );
    assert.match(stdout, /unusual_data_access/);
    assert.match(stdout, /The policy p@[0-9a-f]{12}, which has no monitor section/);
  });

  test('what stands before --since counts, and is not shown', async (t) => {
    const log = logOf(t, [...logins(5), ...admin(3, {}, START - 2_000)]);
    const since = await reportOf([log, '--since', '2026-03-01T00:00:04Z']);
    assert.deepEqual(rulesOf(since), ['brute_force'], 'four of its five events are before');
    assert.equal(since.findings[0]?.timeline?.total, 5);
    assert.equal(since.coverage.records, 8);
    const until = await reportOf([log, '--until', '2026-03-01T00:00:04Z']);
    assert.deepEqual(rulesOf(until), ['privilege_escalation']);
    assert.equal(until.coverage.after_period, 1);
  });
});

describe('whose monitor', () => {
  /** Three denied calls of one user, in three processes. */
  const spread = (t: Cleanup, isOneFile: boolean): string => {
    const folder = temporaryFolder(t);
    for (const [index, writer] of ['host-1-aaaaaaaa', 'host-2-bbbbbbbb', 'host-3-cccccccc'].entries()) {
      const name = isOneFile ? 'all.jsonl' : `audit-20260301-${writer}.jsonl`;
      const lines = admin(1, { writer }, START + index * 1_000);
      writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''), {
        flag: 'a',
      });
    }
    return folder;
  };

  for (const isOneFile of [false, true]) {
    test(`one for each process, or with --merge one for all: ${isOneFile ? 'one file' : 'a file of each'}`, async (t) => {
      const folder = spread(t, isOneFile);
      const each = await reportOf([folder]);
      assert.deepEqual([each.findings.length, each.coverage.monitors], [0, 3]);
      const merged = await reportOf([folder, '--merge']);
      assert.deepEqual(rulesOf(merged), ['privilege_escalation']);
      assert.equal(merged.findings[0]?.timeline?.total, 3);
      assert.equal(merged.findings[0]?.writer, 'host-3-cccccccc');
      assert.equal(merged.coverage.monitors, 1);
    });
  }

  test('the files of a process belong together, over days and in between other processes', async (t) => {
    const folder = temporaryFolder(t);
    const midnight = Date.parse('2026-03-02T00:00:00Z');
    for (const [day, writer, from] of [
      ['20260301', 'host-1-aaaaaaaa', midnight - 2_000],
      ['20260301', 'host-2-bbbbbbbb', midnight - 2_000],
      ['20260302', 'host-1-aaaaaaaa', midnight],
    ] as const) {
      const lines = admin(2, { writer }, from);
      writeFileSync(
        join(folder, `audit-${day}-${writer}.jsonl`),
        lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      );
    }
    const report = await reportOf([folder]);
    assert.deepEqual(
      report.findings.map(({ rule, time, writer }) => [rule, time, writer]),
      [['privilege_escalation', '2026-03-02T00:00:00.000Z', 'host-1-aaaaaaaa']],
    );
    assert.equal(report.coverage.monitors, 2);
  });

  test('--compare tells apart what was raised live, here, and by both', async (t) => {
    const log = logOf(t, critical());
    const raised = (await reportOf([log])).findings;
    const live = raised.map(({ timeline: _, time, file: __, line: ___, call_id, writer: ____, ...one }) => {
      const { agent_name, server_id, tool_name, user_id, ...finding } = one;
      const { finding: ______, ...fields } = alert(
        {},
        { timestamp: time, call_id, agent_name, server_id, tool_name, user_id },
      );
      return { ...fields, finding };
    });
    const [brute, privilege] = [live[1]!, live[0]!];
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    const all = [...lines, brute, privilege];
    const { comparison } = await reportOf([logOf(t, all), '--compare']);
    assert.deepEqual(comparison, { both: 2, only_live: 0, only_here: 0, unmatched: [] });
    const other = { ...privilege, finding: { ...privilege.finding, count: 4 } };
    const args = [logOf(t, [...lines, other]), '--compare', '--json', '--fail-on', 'none'];
    const { comparison: one } = JSON.parse(expectExit(await otelMcp(args), 1).stdout) as MonitorReport;
    assert.deepEqual([one?.both, one?.only_live, one?.only_here], [0, 1, 2]);
    assert.deepEqual(one?.unmatched.map(({ where, rule }) => `${where} ${rule}`).toSorted(), [
      'only_here brute_force',
      'only_here privilege_escalation',
      'only_live privilege_escalation',
    ]);
  });

  test('what a process has learned is there for the next one where the policy keeps it, or --state gives it', async (t) => {
    const folder = temporaryFolder(t);
    const restart = START + 6 * DAY;
    const [first, second] = ['host-1-bbbbbbbb', 'host-1-aaaaaaaa'];
    const usual = (from: number, to: number, writer: string): Line[] =>
      Array.from({ length: (to - from) / (10 * MINUTE) }, (_, index) =>
        call({
          timestamp: new Date(from + index * 10 * MINUTE).toISOString(),
          latency_ms: 20 + (index % 7),
          writer,
        }),
      );
    const slow = series(60, restart + HOUR, 10_000, (time) =>
      call({ ...time, latency_ms: 9_000, writer: second }),
    );
    const end: Line = { event: 'audit_end', timestamp: new Date(restart - 1).toISOString(), writer: first };
    writeLog(join(folder, `audit-20260301-${first}.jsonl`), [...usual(START, restart, first), end]);
    writeLog(join(folder, `audit-20260307-${second}.jsonl`), [
      ...usual(restart, restart + HOUR, second),
      ...slow,
    ]);
    const monitor = { rules: [], anomaly: { detectors: ['latency'] } };
    const [kept, forgotten] = [{ ...monitor, state_file: 'state.json' }, monitor].map((section) =>
      policyOf(t, { monitor: section }),
    );
    assert.deepEqual(rulesOf(await reportOf([folder, '--policy', forgotten!])), []);
    const [found, ...more] = (await reportOf([folder, '--policy', kept!])).findings;
    assert.deepEqual([found?.rule, found?.writer, more], ['latency', second, []]);
    assert.ok(found !== undefined && (found.timeline?.total ?? 0) > 0);

    // As an agent's monitor leaves it.
    const compiled = compileMonitor(
      policySchema.parse({ version: 1, id: 'p', monitor }),
      [],
      () => undefined,
    );
    for (const line of usual(START, restart, first))
      compiled.monitor.observe(line as unknown as MonitoredLine, () => undefined);
    const state = join(temporaryFolder(t), 'state.json');
    let changes = 0;
    const file = openStateFile(state, {
      parts: () => compiled.persistent,
      changes: () => changes,
      restores: true,
    });
    changes = 1;
    file?.close();
    const before = readFileSync(state, 'utf8');
    const alone = [join(folder, `audit-20260307-${second}.jsonl`), '--policy', forgotten!];
    assert.deepEqual(rulesOf(await reportOf(alone)), []);
    assert.deepEqual(rulesOf(await reportOf([...alone, '--state', state])), ['latency']);
    assert.equal(readFileSync(state, 'utf8'), before, 'it is only read');
    writeFileSync(state, '{}');
    const { stderr } = expectExit(await otelMcp([...alone, '--state', state]), 3);
    assert.match(stderr, /state\.json is no state file of the monitor, or one of another version/);
  });
});

const writeLog = (file: string, lines: readonly Line[]): void =>
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
