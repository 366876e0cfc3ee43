/**
 * A Mastra agent that answers from a folder of notes. It knows nothing of MCP instrumentation.
 *
 * `generate` runs the loop: ask the model, run the tools that it wants, give it their results, until it answers. The
 * tools are those of an MCP server (`@modelcontextprotocol/server-filesystem`), a child process reached over stdio. The
 * model plays a script, so that no key and no network is needed; everything else is as with a real one.
 */
import { sdk } from './telemetry.mjs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { MCPClient } from '@mastra/mcp';

const NOTES = fileURLToPath(new URL('notes', import.meta.url));
const SERVER = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));
const QUESTION = 'What do I have to do today and tomorrow?';

/** What a model sends back: Mastra takes any that has the AI SDK's interface (`LanguageModelV2`). */
const usage = { inputTokens: 20, outputTokens: 10, totalTokens: 30 };
const turn = (finishReason, ...content) => ({ content, finishReason, usage, warnings: [] });
const toolCall = (toolCallId, toolName, input) => ({
  type: 'tool-call',
  toolCallId,
  toolName: `notes_${toolName}`,
  input: JSON.stringify(input),
});
const read = (day) => toolCall(day, 'read_text_file', { path: join(NOTES, `${day}.md`) });

/** What the tools said so far, as the model sees it: MCP results by call id. */
function results(prompt) {
  const parts = prompt.filter(({ role }) => role === 'tool').flatMap(({ content }) => content);
  return Object.fromEntries(parts.map(({ toolCallId, output }) => [toolCallId, output.value]));
}

/** Answers from what the tools said, as a model would. */
function answer({ prompt }) {
  const { today, tomorrow, folder } = results(prompt);
  const then = tomorrow.isError ? 'There is no note for it' : tomorrow.content;
  const text = `Today:\n${today.content.trim()}\nTomorrow: ${then}, only ${folder.content}`;
  return turn('stop', { type: 'text', text });
}

/** What the model decides, turn by turn: read two notes at once; see what there is when one is missing; answer. */
const script = [
  () => turn('tool-calls', read('today'), read('tomorrow')),
  () => turn('tool-calls', toolCall('folder', 'list_directory', { path: NOTES })),
  answer,
];
const model = {
  specificationVersion: 'v2',
  provider: 'script',
  modelId: 'script',
  supportedUrls: {},
  doGenerate: async (options) => script.shift()(options),
};

const mcp = new MCPClient({
  servers: {
    // The server gets the agent's environment. Without `env` it would get little more than PATH and HOME.
    notes: { command: process.execPath, args: [SERVER, NOTES], env: process.env },
  },
});
try {
  const notesAgent = new Agent({
    name: 'notes-agent',
    instructions: 'You answer from a folder of notes.',
    model,
    tools: await mcp.getTools(),
  });
  const mastra = new Mastra({
    agents: { notesAgent },
    // Mastra's own spans, one trace a run, go to the OpenTelemetry that `telemetry.mjs` registered.
    telemetry: { serviceName: 'notes-agent', enabled: true },
    // Else it says on stdout that a later major does this by other means.
    logger: false,
  });
  const { steps, text } = await mastra.getAgent('notesAgent').generate(QUESTION);
  for (const { payload } of steps.flatMap(({ toolResults }) => toolResults))
    console.log(`${payload.toolName}: ${payload.result.isError ? 'error' : 'success'}`);
  console.log(text);
} finally {
  await mcp.disconnect();
  // Here, and not at `beforeExit`: Mastra's MCP client ends the process there, and with it an export under way.
  await sdk.shutdown();
}
