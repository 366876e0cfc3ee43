/**
 * An ordinary agent on the AI SDK's own MCP client that does what SCRIPT says; see lib/scripted-steps.cjs. AI_SDK is the
 * package: `ai` (4 and 5.0) or `@ai-sdk/mcp`. Tools are called as `generateText` calls them.
 * By hand: AI_SDK=ai SCRIPT=script.json node --require opentelemetry-instrumentation-mcp/register scripted-agent-ai.mjs
 */
import { follow } from './lib/scripted-steps.cjs';

const name = process.env.AI_SDK;
const { experimental_createMCPClient: createMCPClient, ...sdk } = await import(name);
const { Experimental_StdioMCPTransport: StdioMCPTransport } = await import(`${name}/mcp-stdio`);

await follow({
  connect: async (server, handlers) => {
    const transport = server.url ? { type: 'http', url: server.url } : new StdioMCPTransport(server);
    const elicit = handlers.find(([method]) => method === 'elicitation/create');
    const capabilities = elicit === undefined ? undefined : { elicitation: {} };
    const client = await createMCPClient({ transport, capabilities });
    if (elicit !== undefined) client.onElicitationRequest(sdk.ElicitationRequestSchema, elicit[1]);
    const tools = await client.tools();
    return {
      call: ({ name: tool, arguments: input }, options) =>
        tools[tool].execute(input, { toolCallId: 'call', messages: [], abortSignal: options?.signal }),
      read: (params) => client.readResource(params),
      prompt: (params) => client.experimental_getPrompt(params),
      list: () => client.tools(),
      close: () => client.close(),
    };
  },
});
