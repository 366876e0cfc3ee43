/** The README's guarded agent: its policy over a folder of its own, and a real file system server. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY } from '../support/installs';
import { blocksOf } from './blocks';
import { UserProject, type ShellResult } from './user-project';

const blocks = blocksOf(join(REPOSITORY, 'README.md'));

/** A block of the README. */
export function text(name: string): string {
  const found = blocks.find((block) => block.name === name);
  assert.ok(found, `the README has no block '${name}'`);
  return found.text;
}

/** The README's start command, for another agent. */
export function guarded(program: string): string {
  const command = text('start-guarded');
  assert.ok(command.endsWith(' agent.js'));
  return command.replace('agent.js', program);
}

export class GuardedProject {
  private constructor(
    readonly project: UserProject,
    /** Folder that the policy allows, with `today.md` in it. */
    readonly data: string,
  ) {}

  static async create(): Promise<GuardedProject> {
    const project = await UserProject.create();
    const data = join(project.folder, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'today.md'), 'call Lisbon\n');
    project.write('denied.mjs', text('denied'));
    project.write('connect.mjs', CONNECT);
    return new GuardedProject(project, data);
  }

  get environment(): Record<string, string> {
    return { OTEL_MCP_SDK: 'off', DATA: this.data, TOOLS: REPOSITORY };
  }

  usePolicy(change: (policy: string) => string = (policy) => policy): void {
    const policy = change(text('policy').replace('/srv/data', this.data));
    chmodSync(this.project.write('policy.yaml', policy), 0o600);
  }

  async succeeds(command: string, env: Record<string, string> = {}): Promise<ShellResult> {
    const result = await this.project.shell(command, { ...this.environment, ...env });
    assert.equal(result.code, 0, `${command}\n${result.stdout}${result.stderr}`);
    assert.doesNotMatch(result.stderr, /opentelemetry-instrumentation-mcp/);
    return result;
  }
}

const CONNECT = `
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

export async function connect() {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const args = ['-y', '@modelcontextprotocol/server-filesystem', process.env.DATA];
  await client.connect(new StdioClientTransport({ command: 'npx', args, cwd: process.env.TOOLS, stderr: 'ignore' }));
  return client;
}
export const said = (result) => (typeof result === 'string' ? result : result.content[0].text.trim());`;

/** Reads what it may, reads what it may not, and writes. */
export const READ_AND_WRITE = `
import { connect, said } from './connect.mjs';
import { readFile } from './denied.mjs';

const client = await connect();
console.log(said(await readFile(client, process.env.DATA + '/today.md')));
console.log(said(await readFile(client, process.env.DATA + '/../agent.js')));
try {
  const params = { name: 'write_file', arguments: { path: process.env.DATA + '/new.md', content: 'x' } };
  console.log(said(await client.callTool(params)));
} catch (error) {
  console.log(error.name, error.code);
}
await client.close();`;
