/** What the README says about watching: its policy, its rules, an agent that breaks them, and the replay of the log. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { readAuditRecords } from '../../src/audit/reader';
import { REPOSITORY } from '../support/installs';
import { guarded, GuardedProject, text } from './guarded-project';

const skip = process.platform === 'win32' && 'the commands are for a POSIX shell';

/** Reads a note eleven times, and six notes that are not there. */
const CURIOUS = `
import { connect } from './connect.mjs';
const client = await connect();
const read = (name) =>
  client.callTool({ name: 'read_text_file', arguments: { path: process.env.DATA + '/' + name } }).catch(() => undefined);
for (let time = 0; time < 11; time += 1) await read('today.md');
for (let time = 0; time < 6; time += 1) await read('secret-' + time + '.md');
await client.close();
`;

describe('the README’s monitor', { skip }, () => {
  let made: GuardedProject;
  before(async () => {
    made = await GuardedProject.create();
    made.usePolicy((policy) => `${policy}\n${text('watch')}`);
    made.project.write('rules.yaml', text('rules'));
    made.project.write('curious.mjs', CURIOUS);
    await made.succeeds(guarded('curious.mjs'), { MCP_USER_ID: 'maria' });
  });
  after(() => made?.project.remove());

  test('raises what its rules say, once each', async () => {
    const raised: unknown[] = [];
    for await (const { event, finding } of readAuditRecords([join(made.project.folder, 'audit')]))
      if (event === 'mcp_security_alert')
        raised.push([finding?.rule, finding?.severity, finding?.group['user_id']]);
    assert.deepEqual(raised, [
      ['unusual_data_access', 'medium', 'maria'],
      ['guessing', 'medium', 'maria'],
    ]);
    assert.ok(existsSync(join(made.project.folder, 'usual.json')));
  });

  test('the replay shows the same, and what led to it', async () => {
    const { stdout, code } = await made.project.shell(text('replay'), made.environment);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /unusual_data_access/);
    assert.match(stdout, /guessing/);
    assert.match(stdout, /read_text_file/);
  });

  test('what is named in the text is there', () => {
    for (const path of ['docs/monitoring.md', 'docs/anomaly-detection.md'])
      assert.ok(existsSync(join(REPOSITORY, path)), path);
  });
});
