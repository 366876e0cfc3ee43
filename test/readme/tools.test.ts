/** What the README says about reports, policies, health and the doctor, tried on what its own guarded agent leaves. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { guarded, GuardedProject, READ_AND_WRITE, text } from './guarded-project';

const skip = process.platform === 'win32' && 'the commands are for a POSIX shell';

describe('what guards leave, as the README reads it', { skip }, () => {
  let made: GuardedProject;
  before(async () => {
    made = await GuardedProject.create();
    made.usePolicy();
    made.project.write('observed.mjs', READ_AND_WRITE);
    await made.succeeds(guarded('observed.mjs'), { MCP_USER_ID: 'maria' });
  });
  after(() => made?.project.remove());

  const file = (name: string): string => readFileSync(join(made.project.folder, name), 'utf8');
  const lines = (name: string): string[] => text(name).split('\n');
  const shell = (command: string) => made.project.shell(command, made.environment);

  test('the report, as text, JSON and page; the searches of the guide', async () => {
    const [asText = '', asJson = '', asPage = '', search = '', verify = ''] = lines('report');
    const { stdout } = await shell(asText);
    assert.match(
      stdout,
      /^MCP Security Report\n={60}\nTimestamp: .*\n\nTotal Calls: 3\nSuccessful: 2\nFailed: 1\n/,
    );
    await shell(asJson);
    const report = JSON.parse(file('mcp_security_report.json')) as {
      tool_call_stats: { total_calls: number };
      security_events: { access_denied: { count: number } };
    };
    assert.equal(report.tool_call_stats.total_calls, 3);
    assert.equal(report.security_events.access_denied.count, 2);
    await shell(asPage);
    assert.match(file('week.html'), /^<!doctype html>/i);
    assert.equal((await made.succeeds(search)).stdout.trim().split('\n').length, 2);
    assert.match((await made.succeeds(verify)).stdout, /^intact\n/);
  });

  test('the line for cron is in the example, too', async () => {
    const example = readFileSync(join(REPOSITORY, 'examples/report/mcp-report.cron'), 'utf8');
    const [, when = '', command = ''] = /^((?:\S+ ){5}) *(.*)$/.exec(text('cron')) ?? [];
    assert.ok(example.includes(`${when} agent  ${command}`), example);
    const quiet = await shell(command.replace('/srv/agent', made.project.folder));
    // npm itself may have something to say on stderr.
    assert.deepEqual([quiet.code, quiet.stdout], [0, '']);
  });

  test('policies are begun, checked, explained, learned and compared', async () => {
    const [init = '', check = '', explain = '', learn = '', diff = ''] = lines('policies');
    await made.succeeds(init);
    assert.match(file('first.yaml'), /^mode: observe/m);
    const checked = await made.succeeds(check);
    assert.equal((checked.stdout.match(/^ *(?:- )?\[[ x]\]/gm) ?? []).length, 9, checked.stdout);
    assert.match((await made.succeeds(explain)).stdout, /tool_allowlist/);
    await made.succeeds(learn);
    assert.match(file('learned.yaml'), /^mode: observe/m);
    const { stdout } = await made.succeeds(diff);
    assert.match(stdout, /newly allow/i);
    rmSync(join(made.project.folder, 'first.yaml'));
  });

  test('the doctor finds nothing wrong with an agent that is well', async () => {
    const receiver = await startOtlpReceiver();
    try {
      const { stdout, code } = await made.project.shell(text('doctor'), receiver.env());
      assert.ok(code === 0 || code === 1, stdout);
      assert.match(stdout, /@modelcontextprotocol\/sdk/);
    } finally {
      await receiver.close();
    }
  });

  test('what is named in the text is there', () => {
    for (const path of [
      'examples/report/mcp-report.service',
      'examples/report/mcp-report.timer',
      'docs/cli.md',
    ])
      assert.ok(existsSync(join(REPOSITORY, path)), path);
  });
});
