// Entry of the bundled agents with the AI SDK's own client: a call that ends well and one that fails.
import { experimental_createMCPClient as createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';

const client = await createMCPClient({
  transport: new StdioMCPTransport({ command: process.execPath, args: process.argv.slice(2) }),
});
const tools = await client.tools();
const call = { toolCallId: 'call', messages: [] };
const echoed = await tools.echo.execute({ text: 'hello' }, call);
const failed = await tools.fail.execute({}, call);
await client.close();
console.log(echoed.content[0].text, failed.isError);
