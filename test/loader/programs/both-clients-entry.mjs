// Entry of a bundled agent with the AI SDK's own client and the official one side by side.
import { experimental_createMCPClient as createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const server = { command: process.execPath, args: process.argv.slice(2) };
const official = new Client({ name: 'bundled', version: '1.0.0' });
await official.connect(new StdioClientTransport(server));
const own = await createMCPClient({ transport: new StdioMCPTransport(server) });
const tools = await own.tools();
const answers = await Promise.all([
  official.callTool({ name: 'echo', arguments: { text: 'official' } }),
  tools.echo.execute({ text: 'own' }, { toolCallId: 'call', messages: [] }),
]);
await Promise.all([official.close(), own.close()]);
console.log(answers.map(({ content }) => content[0].text).join(', '));
