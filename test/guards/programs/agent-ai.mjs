/** Uses the tools of a server (the AI SDK's own client). By hand: node agent-ai.mjs node changing-server.cjs */
import { experimental_createMCPClient as createClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio';
import { follow, server } from './lib/steps.cjs';

const client = await createClient({ transport: new StdioTransport(server) });
let known = {};
await follow({
  list: async () => {
    const tools = await client.tools();
    // What was shown once may be called later on.
    known = { ...known, ...tools };
    return Object.entries(tools).map(([name, { description }]) => ({ name, description }));
  },
  call: async ({ name, arguments: input }) => known[name].execute(input, { toolCallId: 'id', messages: [] }),
  close: () => client.close(),
});
