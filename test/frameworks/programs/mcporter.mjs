import { fileURLToPath } from 'node:url';
import { createRuntime } from 'mcporter';
import { report } from './lib/report.cjs';

const [plain, record, own] = process.argv.slice(2);
const server = own === undefined ? plain : fileURLToPath(new URL(`lib/${own}`, import.meta.url));
const runtime = await createRuntime({
  servers: [
    {
      name: 'recorder',
      command: { kind: 'stdio', command: process.execPath, args: [server, record], cwd: process.cwd() },
    },
  ],
});
await report('tools', async () => (await runtime.listTools('recorder')).map(({ name }) => name));
await report('echo', () => runtime.callTool('recorder', 'echo', { args: { text: 'hello' } }));
await report('fail', () => runtime.callTool('recorder', 'fail', { args: {} }));
await report('broken', () => runtime.callTool('recorder', 'broken', { args: {} }));
await runtime.close();
