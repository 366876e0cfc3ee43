/** `otel-mcp audit …` as a process, on logs that the writer wrote. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';

import { hashParams, auditKeys } from '../../src/audit/keys';
import type { AuditLog } from '../../src/audit/log';
import { formatFileName } from '../../src/audit/file-name';
import {
  decision,
  filesIn,
  openLog,
  recordsOf,
  runCall,
  SECRET,
  temporaryFolder,
  toolCall,
} from '../audit/support';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram, startProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');
const GUIDE_LINE =
  '2024-12-19 INFO MCP_AUDIT: {"event":"mcp_tool_call","tool_name":"read_file","server_id":"filesystem","user_id":"user123","agent_name":"deploy_agent","params_hash":"a1b2c3d4e5f6","success":true,"latency_ms":45.2,"timestamp":"2024-12-19T10:30:00Z"}';

interface Written {
  readonly folder: string;
  readonly log: AuditLog;
  readonly file: string;
  readonly key: string;
}

/** A call that succeeded, one of bob's that was denied, and one with a name that would steer the terminal. */
function written(t: TestContext): Written {
  const folder = temporaryFolder(t);
  const dir = join(folder, 'audit');
  const key = join(folder, 'audit.key');
  writeFileSync(key, SECRET);
  const log = openLog({ dir });
  runCall(log);
  runCall(log, toolCall({ identity: { userId: 'bob' } }), [decision({ rule: 'r1' })], {
    status: 'denied',
    kind: 'access_denied',
  } as never);
  runCall(log, toolCall({ target: { type: 'tool', name: 'evil\u001B[2J\u202Etool' } }));
  return { folder: dir, log, file: filesIn(dir)[0]!, key };
}

async function audit(args: string[], code = 0, stdin?: string): Promise<{ stdout: string; stderr: string }> {
  return expectExit(
    await runProgram(PROGRAM, { args: ['audit', ...args], ...(stdin === undefined ? {} : { stdin }) }),
    code,
  );
}

test('audit without a command, and with one that does not exist', async () => {
  const alone = await audit([], 64);
  assert.match(alone.stderr, /'audit' needs a command/);
  assert.match(alone.stderr, /^ {2}audit verify +tell whether/m);
  assert.match(
    (await audit(['verfy'], 64)).stderr,
    /unknown command 'audit verfy'; did you mean 'audit verify'\?/,
  );
  assert.match((await audit(['--help'])).stdout, /audit prune/);
  assert.match((await audit(['verify'], 64)).stderr, /needs the log/);
});

test('verify: intact is 0, a crash 1, an edit 2, no such log 3', async (t) => {
  const { folder, log, file, key } = written(t);
  const running = await audit(['verify', '--key-file', key, folder], 1);
  assert.match(running.stdout, /^intact, but lines are missing\n4 records of 1 writers$/m);
  assert.match(running.stdout, /crash: no audit_end/);
  log.close();
  assert.match((await audit(['verify', '--key-file', key, folder])).stdout, /^intact\n5 records/);
  assert.equal((await audit(['verify', '--quiet', '--key-file', key, folder])).stdout, '');
  assert.match((await audit(['verify', folder])).stdout, /only the order was checked: no key given/);

  writeFileSync(file, readFileSync(file, 'utf8').replace('"user_id":"bob"', '"user_id":"eve"'));
  const edited = await audit(['verify', '--key-file', key, folder], 2);
  assert.match(edited.stdout, /^BROKEN$/m);
  assert.match(edited.stdout, /:3: edit: record 2 is not what was written/);
  const asJson = JSON.parse((await audit(['verify', '--json', '--key-file', key, folder], 2)).stdout) as {
    isIntact: boolean;
  };
  assert.equal(asJson.isIntact, false);

  assert.match((await audit(['verify', join(folder, 'none.jsonl')], 3)).stderr, /no audit log at/);
  assert.match((await audit(['verify', '-'], 3, 'no record\n')).stderr, /no audit record in -/);
});

test('verify --anchors finds a log that was cut off', async (t) => {
  const { folder, log, file, key } = written(t);
  log.close();
  const last = recordsOf(file).at(-1)!;
  const anchors = join(folder, '../anchors.jsonl');
  writeFileSync(anchors, `${JSON.stringify({ writer: last.writer, seq: last.seq, hash: last.hash })}\n`);
  const verify = ['verify', '--key-file', key, '--anchors', anchors, folder];
  await audit(verify);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
  assert.match(
    (await audit(verify, 2)).stdout,
    /truncation: it ends at record 3 and had record 4 by its anchor/,
  );
  writeFileSync(anchors, '{"writer": 1}\n');
  assert.match((await audit(verify, 1)).stderr, /anchors\.jsonl:1: an anchor is a JSON object/);
});

test('tail shows the last records, filtered, with nothing in them that steers a terminal', async (t) => {
  const { folder } = written(t);
  const { stdout } = await audit(['tail', folder]);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[1]!, /success +mcp_tool_call +read_file {2}filesystem {2}user123 {2}45 ms$/);
  assert.match(
    lines[2]!,
    /blocked +mcp_access_denied +read_file {2}filesystem {2}bob {2}\(tool_allowlist, r1, not_in_allowlist\)$/,
  );
  assert.match(lines[3]!, /evil\\u\{1b\}\[2J\\u\{202e\}tool/);
  assert.equal((await audit(['tail', '-n', '1', '--action', 'blocked', folder])).stdout, `${lines[2]}\n`);
  assert.equal((await audit(['tail', '--user', 'b*', folder])).stdout, `${lines[2]}\n`);
  assert.equal((await audit(['tail', '--since', '2999-01-01', folder])).stdout, '');
  assert.match(
    (await audit(['tail', '--since', 'yesterday', folder], 64)).stderr,
    /how long ago such as 24h/,
  );
  const raw = (await audit(['tail', '--json', '-n', '1', folder])).stdout;
  assert.equal((JSON.parse(raw) as { seq: number }).seq, 3);
});

test('tail reads standard input and the guide’s log', async () => {
  const { stdout } = await audit(['tail', '-'], 0, `starting up\n${GUIDE_LINE}\n`);
  assert.match(
    stdout,
    /^2024-12-19T10:30:00Z +mcp_tool_call +read_file {2}filesystem {2}user123 {2}45 ms\n$/,
  );
});

test('tail shows findings of the monitor and authentications', async () => {
  const at = { timestamp: '2026-03-01T00:05:00Z', user_id: 'ann', server_id: 'crm' };
  const lines = [
    { event: 'mcp_auth', ...at, tool_name: null, method: 'http_401', success: false, error_type: '401' },
    { event: 'mcp_auth', ...at, method: 'oauth_refresh', success: true },
    {
      event: 'mcp_security_alert',
      ...at,
      finding: { rule: 'brute_force', severity: 'high', description: 'five failed\u001B[2J authentications' },
    },
    { event: 'mcp_security_alert', ...at, finding: 7 },
    { event: 'mcp_security_alert', ...at, finding: null },
  ];
  const { stdout } = await audit(['tail', '-'], 0, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const shown = stdout.trimEnd().split('\n');
  assert.match(shown[0]!, / 401 +mcp_auth +- {2}crm {2}ann$/);
  assert.match(shown[1]!, / success {3}mcp_auth +- {2}crm {2}ann$/);
  assert.match(
    shown[2]!,
    / high +mcp_security_alert +- {2}crm {2}ann {2}five failed\\u\{1b\}\[2J authentications {2}\(brute_force\)$/,
  );
  for (const line of shown.slice(3)) assert.match(line, / alert +mcp_security_alert +- {2}crm {2}ann$/);
});

test('tail --follow shows what comes, also in a new file, until Ctrl-C', async (t) => {
  const { folder, log } = written(t);
  const program = startProgram(PROGRAM, { args: ['audit', 'tail', '-f', '-n', '0', folder] });
  let seen = '';
  const saw = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => (seen.includes(text) ? resolve() : void setTimeout(look, 20));
      look();
    });
  program.child.stdout.on('data', (chunk: Buffer) => (seen += String(chunk)));
  // It has begun when it shows what is written from now on.
  const again = setInterval(() => runCall(log, toolCall({ identity: { userId: 'first' } })), 100);
  await saw('first');
  clearInterval(again);
  const other = openLog({ dir: folder });
  runCall(other, toolCall({ identity: { userId: 'second' } }));
  await saw('second');
  assert.doesNotMatch(seen, /bob/);
  program.child.kill('SIGINT');
  assert.equal((await program.result).signal, 'SIGINT');
});

test('hash computes what the log has', async (t) => {
  const { file, key } = written(t);
  const params = '{"path":"/srv/a.txt"}';
  const { stdout } = await audit(['hash', '--key-file', key, '--params', params]);
  assert.equal(stdout, `${recordsOf(file)[1]!.params_hash}\n`);
  assert.equal(stdout.trim(), hashParams(JSON.parse(params), auditKeys(SECRET)).hash);
  const detailed = JSON.parse(
    (await audit(['hash', '--json', '--key-file', key, '--params', params])).stdout,
  ) as {
    kid: string;
    req_bytes: number;
  };
  assert.deepEqual([detailed.kid, detailed.req_bytes], [recordsOf(file)[1]!.kid, params.length]);
  assert.match((await audit(['hash', '--params', params], 1)).stderr, /no key/);
  assert.match((await audit(['hash', '--key-file', key, '--params', '{'], 64)).stderr, /--params is no JSON/);
});

test('prune deletes what is old enough, and says what it would delete', async (t) => {
  const { folder } = written(t);
  const old = formatFileName({ day: '20200101', writer: 'host-1-0123abcd', number: 1 });
  writeFileSync(join(folder, old), '');
  const dry = await audit(['prune', '--dry-run', folder]);
  assert.match(dry.stdout, new RegExp(`${old}\n1 files \\(0 bytes\\) older than 90 days would be deleted`));
  assert.equal(filesIn(folder).length, 2);
  assert.match(
    (await audit(['prune', '--older-than', '120d', folder])).stdout,
    /older than 120 days deleted/,
  );
  assert.equal(filesIn(folder).length, 1);
  assert.match((await audit(['prune', join(folder, 'none')], 1)).stderr, /ENOENT/);
  assert.match((await audit(['prune', '--older-than', '3 weeks', folder], 64)).stderr, /length of time/);
  assert.match((await audit(['prune'], 64)).stderr, /needs one folder/);
});

test('convert writes a line per record and counts the others', async (t) => {
  const { file } = written(t);
  const zipped = `${file}.gz`;
  writeFileSync(zipped, gzipSync(`noise\n${readFileSync(file, 'utf8')}`));
  for (const format of ['ocsf', 'cef', 'cloudevents']) {
    const { stdout, stderr } = await audit(['convert', '--to', format, zipped]);
    assert.equal(stdout.trimEnd().split('\n').length, 4, format);
    assert.equal(stderr, 'otel-mcp: 1 lines hold no audit record\n');
  }
  assert.match(
    (await audit(['convert', '--to', 'xml', file], 64)).stderr,
    /--to is one of ocsf, cef, cloudevents, not 'xml'/,
  );
  assert.match(
    (await audit(['convert', file], 64)).stderr,
    /'audit convert' needs --to ocsf\|cef\|cloudevents/,
  );
});

test('a reader that has seen enough is no failure', async (t) => {
  const { file } = written(t);
  const many = join(file, '../../many.log');
  writeFileSync(many, `${GUIDE_LINE}\n`.repeat(50_000));
  const command = `"${process.execPath}" "${PROGRAM}" audit convert --to cef "${many}" | head -n 1`;
  const shell = spawn('bash', ['-o', 'pipefail', '-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  shell.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  shell.stdout.resume();
  const [code] = (await once(shell, 'close')) as [number];
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});
