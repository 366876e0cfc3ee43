/** The Inspector's command line, as a script would use it: a process for every question. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { report } from './lib/report.cjs';

const [server, record, command] = process.argv.slice(2);
const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json');
const inspector = join(dirname(manifest), command);

async function inspect(...question) {
  const args = [inspector, '--cli', process.execPath, server, record, ...question];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch(({ code }) => {
    throw new Error(`the Inspector ended with ${code}`);
  });
  return JSON.parse(stdout);
}
const call = (name, ...more) => inspect('--method', 'tools/call', '--tool-name', name, ...more);

await report('tools', async () => (await inspect('--method', 'tools/list')).tools.map(({ name }) => name));
await report('echo', () => call('echo', '--tool-arg', 'text=hello'));
await report('fail', () => call('fail'));
