/** An agent on the AI SDK with its OpenTelemetry integration. Arguments: SERVER RECORD. */
import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio';
import { OpenTelemetry } from '@ai-sdk/otel';
import { registerTelemetry, ToolLoopAgent } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { scriptedTurns } from './script.mjs';

registerTelemetry(new OpenTelemetry());
const usage = {
  inputTokens: { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 10, text: 10, reasoning: 0 },
};
const doGenerate = scriptedTurns(usage, (unified) => ({ unified, raw: undefined }));
const transport = new StdioTransport({ command: process.execPath, args: process.argv.slice(2) });
const mcp = await createMCPClient({ transport });
const agent = new ToolLoopAgent({ model: new MockLanguageModelV4({ doGenerate }), tools: await mcp.tools() });
const { text } = await agent.generate({ prompt: 'Use the tools.' });
console.log(text);
await mcp.close();
