/**
 * An agent on the AI SDK that adds numbers up. It knows nothing of MCP instrumentation.
 *
 * `ToolLoopAgent` asks the model, runs the tools that it wants, gives it their results, until it answers. The tools are
 * those of an MCP server (`@modelcontextprotocol/server-everything`), a child process reached over stdio by the AI
 * SDK's own MCP client. The model is the SDK's mock, so that no key and no network is needed; everything else is as
 * with a real one.
 */
import './telemetry.mjs';
import { fileURLToPath } from 'node:url';
import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio';
import { ToolLoopAgent } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';

const SERVER = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const QUESTION = 'Say hello, and tell me what 20 and twenty-two are.';

/** What a model sends back, in the AI SDK's terms. */
const usage = {
  inputTokens: { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 10, text: 10, reasoning: 0 },
};
const turn = (unified, ...content) => ({
  content,
  finishReason: { unified, raw: undefined },
  usage,
  warnings: [],
});
const toolCall = (toolCallId, toolName, input) => ({
  type: 'tool-call',
  toolCallId,
  toolName,
  input: JSON.stringify(input),
});

/** The text of the last message's tool results: what MCP servers answer is a list of content blocks. */
const lastResults = (prompt) => prompt.at(-1).content.map(({ output }) => output.value.at(0).text);

/** What the model decides, turn by turn: two tools at once, one of them used wrongly; the same put right; answer. */
const script = [
  () =>
    turn(
      'tool-calls',
      toolCall('1', 'echo', { message: 'hello' }),
      toolCall('2', 'get-sum', { a: 20, b: 'twenty-two' }),
    ),
  () => turn('tool-calls', toolCall('3', 'get-sum', { a: 20, b: 22 })),
  ({ prompt }) => turn('stop', { type: 'text', text: `Hello. ${lastResults(prompt).join(' ')}` }),
];
const model = new MockLanguageModelV3({ doGenerate: async (options) => script.shift()(options) });

const mcp = await createMCPClient({
  // The server gets the agent's environment. Without `env` it would get little more than PATH and HOME.
  transport: new StdioTransport({ command: process.execPath, args: [SERVER, 'stdio'], env: process.env }),
});
try {
  const agent = new ToolLoopAgent({
    model,
    tools: await mcp.tools(),
    // The AI SDK's own spans, one trace a run: of the agent, of every question to the model and of every tool.
    experimental_telemetry: { isEnabled: true, functionId: 'sums-agent' },
  });
  const { steps, text } = await agent.generate({ prompt: QUESTION });
  const calls = steps.flatMap(({ toolResults }) => toolResults);
  for (const { toolName, output } of calls)
    console.log(`${toolName}: ${output.isError ? 'error' : 'success'}`);
  console.log(text);
} finally {
  await mcp.close();
}
