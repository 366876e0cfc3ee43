/** An agent on Mastra with its bridge to OpenTelemetry. Arguments: SERVER RECORD. */
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { MCPClient } from '@mastra/mcp';
import { Observability } from '@mastra/observability';
import { OtelBridge } from '@mastra/otel-bridge';
import { scriptedTurns } from './script.mjs';

const usage = { inputTokens: 20, outputTokens: 10, totalTokens: 30 };
const turns = scriptedTurns(usage, (reason) => reason, 'recorder_');
const model = {
  specificationVersion: 'v2',
  provider: 'script',
  modelId: 'script',
  supportedUrls: {},
  doGenerate: async () => turns.shift(),
};
const recorder = { command: process.execPath, args: process.argv.slice(2) };
const mcp = new MCPClient({ servers: { recorder } });
const tools = await mcp.listTools();
const assistant = new Agent({
  id: 'assistant',
  name: 'assistant',
  instructions: 'Use the tools.',
  model,
  tools,
});
const observability = new Observability({
  configs: { default: { serviceName: 'agent', bridge: new OtelBridge() } },
});
const mastra = new Mastra({ agents: { assistant }, observability, logger: false });
const { text } = await mastra.getAgent('assistant').generate('Use the tools.');
console.log(text);
await mcp.disconnect();
// Mastra's MCP client ends the process as soon as nothing is left to do.
await globalThis.endTelemetry?.();
