/** What the README and docs/security.md say about guards, tried in a project with the packed package and a real file system server. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { REPOSITORY } from '../support/installs';
import { blocksOf } from './blocks';
import { guarded, GuardedProject, READ_AND_WRITE, text } from './guarded-project';
import { UserProject } from './user-project';

const PRELOAD = '--require opentelemetry-instrumentation-mcp/register';

const skip =
  process.platform === 'win32'
    ? 'the commands are for a POSIX shell'
    : spawnSync('sh', ['-c', 'command -v jq']).status === 0
      ? false
      : 'jq is not installed';

interface Line {
  event: string;
  tool_name: string;
  user_id: string | null;
  agent_name: string;
  action: string;
  guard?: string;
  reason?: string;
}

describe('guards, as the README shows them', { skip }, () => {
  let made: GuardedProject;
  let project: UserProject;
  before(async () => {
    made = await GuardedProject.create();
    ({ project } = made);
    project.write('usage.mjs', text('usage'));
  });
  after(() => project?.remove());
  beforeEach(() => rmSync(join(project.folder, 'audit'), { recursive: true, force: true }));

  const usePolicy: GuardedProject['usePolicy'] = (change) => made.usePolicy(change);
  const succeeds: GuardedProject['succeeds'] = (command, env) => made.succeeds(command, env);

  function auditLines(): Line[] {
    const folder = join(project.folder, 'audit');
    const lines = readdirSync(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8').trim().split('\n'),
    );
    return lines.map((line) => JSON.parse(line) as Line).filter(({ event }) => event.startsWith('mcp_'));
  }

  test('the policy observes: the agent does what it did, and every call has its line', async () => {
    usePolicy();
    const bare = await succeeds('node agent.js');
    const observed = await succeeds(text('start-guarded'));
    assert.equal(observed.stdout, bare.stdout);
    assert.ok(auditLines().length > 3);
  });

  test('the recipes find what would have been denied, and for whom no call was made', async () => {
    usePolicy();
    project.write('observed.mjs', READ_AND_WRITE);
    const { stdout } = await succeeds(guarded('observed.mjs'), { MCP_USER_ID: 'maria' });
    assert.match(stdout, /^call Lisbon$/m);
    assert.doesNotMatch(stdout, /not allowed/);
    await succeeds(guarded('observed.mjs'));
    const [first = '', second = '', third = ''] = text('recipes')
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    const denied = (await succeeds(first)).stdout.trim().split('\n');
    const found = denied.map((line) => (JSON.parse(line) as string[]).slice(1));
    const escape = (user: string | null) => [
      'mcp_access_denied',
      'read_text_file',
      user,
      'path_traversal',
      'escapes_root',
    ];
    const write = (user: string | null) => [
      'mcp_access_denied',
      'write_file',
      user,
      'tool_allowlist',
      'not_in_allowlist',
    ];
    const wanted = [escape('maria'), write('maria'), escape(null), write(null)];
    const sorted = (rows: unknown[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();
    assert.deepEqual(sorted(found), sorted(wanted));
    assert.equal((await succeeds(second)).stdout.trim().split('\n').length, wanted.length);
    assert.match((await succeeds(third)).stdout, /^ *2 read_text_file\n *1 write_file\n$/);
  });

  test('with `mode: enforce` the denied calls are denied', async () => {
    usePolicy((policy) => policy.replace('mode: observe', 'mode: enforce'));
    project.write('enforced.mjs', READ_AND_WRITE);
    const { stdout } = await succeeds(guarded('enforced.mjs'));
    assert.deepEqual(stdout.trim().split('\n'), [
      'call Lisbon',
      'not allowed: access_denied by path_traversal',
      'McpGuardDeniedError MCP_GUARD_DENIED',
    ]);
    const blocked = auditLines().filter(({ action }) => action === 'blocked');
    assert.deepEqual(
      blocked.map(({ reason }) => reason),
      ['escapes_root', 'not_in_allowlist'],
    );
  });

  test('with `deny_as: result` a denied tool call ends with an isError result', async () => {
    usePolicy((policy) => policy.replace('mode: observe', 'mode: enforce\ndeny_as: result'));
    project.write('as-result.mjs', READ_AND_WRITE);
    const { stdout } = await succeeds(guarded('as-result.mjs'));
    assert.match(stdout, /^denied by guard path_traversal\ndenied by guard tool_allowlist$/m);
  });

  test('a policy with a mistake: unguarded and said so, or with MCP_GUARD_REQUIRED denied', async () => {
    usePolicy((policy) => policy.replace('mode: observe', 'mood: observe'));
    project.write('mistake.mjs', READ_AND_WRITE);
    const env = made.environment;
    const without = await project.shell(guarded('mistake.mjs'), env);
    assert.equal(without.code, 0, without.stderr);
    assert.match(without.stderr, /mood[^]*no guard is in force/);
    assert.doesNotMatch(without.stdout, /not allowed/);
    const required = await project.shell(guarded('mistake.mjs'), { ...env, MCP_GUARD_REQUIRED: 'true' });
    assert.match(required.stdout, /^not allowed: guard_unavailable by policy$/m);
  });

  test('old and new usage: the new one has a user, and `allowTools` narrows', async () => {
    usePolicy(
      (policy) => `${policy.replace('mode: observe', 'mode: enforce')}\nidentity: { required: true }`,
    );
    project.write('use-usage.mjs', USE_USAGE);
    const { stdout } = await succeeds(guarded('use-usage.mjs'));
    assert.deepEqual(stdout.trim().split('\n'), [
      'old: denied by guard identity',
      'new: call Lisbon',
      'list: denied by guard tool_allowlist',
    ]);
    const read = auditLines().find(({ event }) => event === 'mcp_tool_call');
    assert.deepEqual([read?.user_id, read?.agent_name], ['maria', 'deploy_agent']);
    // Without a policy, and without the preload, it is the same call.
    const plain = await succeeds('node use-usage.mjs');
    const preloaded = await succeeds(`node ${PRELOAD} use-usage.mjs`);
    assert.match(plain.stdout, /^old: call Lisbon\nnew: call Lisbon\nlist: /);
    assert.equal(preloaded.stdout, plain.stdout);
  });

  test('the variables that the lists name are shown by `otel-mcp env`', async () => {
    const names = ['MCP_GUARD_POLICY', 'MCP_GUARD_REQUIRED', 'MCP_AUDIT_KEY_FILE'];
    const env = Object.fromEntries(
      names.map((name) => [name, name.endsWith('REQUIRED') ? 'true' : '/nowhere']),
    );
    const { stdout } = await project.shell('npx otel-mcp env', env, project.root);
    for (const name of names) assert.match(stdout, new RegExp(name));
  });
});

describe('docs/security.md', { skip }, () => {
  const page = join(REPOSITORY, 'docs/security.md');
  const shown = blocksOf(page);
  const quoted = (name: string): string => shown.find((block) => block.name === name)?.text ?? '';
  let project: UserProject;
  before(async () => {
    project = await UserProject.create();
    symlinkSync(join(project.root, 'node_modules'), join(project.folder, 'node_modules'));
    project.write('verify.mjs', quoted('verify'));
  });
  after(() => project?.remove());

  /** One line per call, all of it by one agent. */
  async function log(key: string): Promise<string> {
    rmSync(join(project.folder, 'audit'), { recursive: true, force: true });
    const policy = `version: 1\nid: p\naudit: { dir: ./audit${key} }`;
    chmodSync(project.write('policy.yaml', policy), 0o600);
    const { code, stderr } = await project.shell(text('start-guarded'), { OTEL_MCP_SDK: 'off' });
    assert.equal(code, 0, stderr);
    const folder = join(project.folder, 'audit');
    const [file = ''] = readdirSync(folder);
    return join(folder, file);
  }

  test('its links lead to files, and its blocks are run here', () => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(((?!https?:)[^)#]+)/g)];
    assert.ok(links.length > 1);
    for (const [, path = ''] of links) assert.ok(existsSync(join(REPOSITORY, 'docs', path)), path);
    assert.deepEqual(
      shown.map(({ name }) => name),
      ['verify', 'verify-run'],
    );
  });

  test('a keyed log is verified, and an edited line is found', async () => {
    chmodSync(project.write('audit.key', 'k'.repeat(32)), 0o400);
    const file = await log(', key_file: audit.key');
    const intact = await project.shell(quoted('verify-run'));
    assert.equal(intact.code, 0, intact.stderr);
    assert.match(intact.stdout, /^\S+: \d+ records, keyed\n$/);
    const withoutKey = await project.shell('node verify.mjs ./audit');
    assert.match(withoutKey.stdout, /records, links\n/);
    const edited = readFileSync(file, 'utf8').replace('"success":true', '"success":false');
    writeFileSync(file, edited);
    const broken = await project.shell(quoted('verify-run'));
    assert.equal(broken.code, 2);
    assert.match(broken.stdout, /^broken edit /m);
  });

  test('a log without a key is `unkeyed`, and broken where a key is given', async () => {
    await log('');
    const plain = await project.shell('node verify.mjs ./audit');
    assert.equal(plain.code, 0, plain.stderr);
    assert.match(plain.stdout, /records, unkeyed\n/);
    const expected = await project.shell(quoted('verify-run'));
    assert.equal(expected.code, 2);
    assert.match(expected.stdout, /^broken unkeyed /m);
  });
});

/** `npx` runs the server that the repository has, since the process starts there: nothing is downloaded. */
const USE_USAGE = `
import { withMcpContext } from 'opentelemetry-instrumentation-mcp';
import { connect, said } from './connect.mjs';
import { readNew, readOld } from './usage.mjs';

const client = await connect();
const path = process.env.DATA + '/today.md';
const say = async (title, action) => {
  try {
    console.log(title + ': ' + said(await action()));
  } catch (error) {
    console.log(title + ': ' + error.message);
  }
};
await say('old', () => readOld(client, path));
await say('new', () => readNew(client, path, { id: 'maria', tenant: 'acme' }));
const context = { userId: 'maria', tenantId: 'acme', allowTools: ['read_text_file'] };
const list = { name: 'list_directory', arguments: { path: process.env.DATA } };
await say('list', () => withMcpContext(context, () => client.callTool(list)));
await client.close();`;
