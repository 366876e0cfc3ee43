/** An agent on Mastra with its bridge to OpenTelemetry. Its scripted model asks for one tool after the other. */
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { MCPClient } from '@mastra/mcp';
import { Observability } from '@mastra/observability';
import { OtelBridge } from '@mastra/otel-bridge';

const usage = { inputTokens: 20, outputTokens: 10, totalTokens: 30 };
const turn = (finishReason, part) => ({ content: [part], finishReason, usage, warnings: [] });
const call = (name, input) =>
  turn('tool-calls', { type: 'tool-call', toolCallId: name, toolName: `recorder_${name}`, input });
const turns = [
  call('echo', '{"text":"hello"}'),
  call('fail', '{}'),
  call('broken', '{}'),
  turn('stop', { type: 'text', text: 'done' }),
];
const model = {
  specificationVersion: 'v2',
  provider: 'script',
  modelId: 'script',
  supportedUrls: {},
  doGenerate: async () => turns.shift(),
};

const [server, record] = process.argv.slice(2);
const mcp = new MCPClient({ servers: { recorder: { command: process.execPath, args: [server, record] } } });
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
// Mastra's MCP client ends the process as soon as nothing is left to do, and with it an export under way.
await globalThis.endTelemetry?.();
