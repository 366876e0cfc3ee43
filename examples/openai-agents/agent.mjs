/**
 * An agent on the OpenAI Agents SDK that answers from a folder of notes. It knows nothing of MCP instrumentation.
 *
 * `run` is the loop: ask the model, run the tools that it wants, give it their results, until it answers. The tools are
 * those of an MCP server (`@modelcontextprotocol/server-filesystem`), a child process reached over stdio. The model is
 * the SDK's own scripted one, so that no key and no network is needed; everything else is as with a real one.
 */
import './telemetry.mjs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, MCPServerStdio, run, setTracingDisabled } from '@openai/agents';
import { assistantMessage, functionCall, modelResponder, ScriptedModel } from '@openai/agents/testing';
import { SpanStatusCode, trace } from '@opentelemetry/api';

const NOTES = fileURLToPath(new URL('notes', import.meta.url));
const SERVER = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));
const QUESTION = 'What do I have to do today and tomorrow?';

/** What the tools said so far, as the model sees it: their text by call id. */
function results(input) {
  const items = input.filter(({ type }) => type === 'function_call_result');
  return Object.fromEntries(items.map(({ callId, output: [content] }) => [callId, content.text.trim()]));
}

/** Answers from what the tools said, as a model would. The SDK gives a tool's error to the model as its text. */
function answer({ request }) {
  const { today, tomorrow, folder } = results(request.input);
  const then = tomorrow.includes('ENOENT') ? 'There is no note for it' : tomorrow;
  return [assistantMessage(`Today:\n${today}\nTomorrow: ${then}, only ${folder}`)];
}

/** What the model decides, turn by turn: read two notes at once; see what there is when one is missing; answer. */
const read = (callId) => functionCall('read_text_file', { path: join(NOTES, `${callId}.md`) }, { callId });
const model = new ScriptedModel([
  [read('today'), read('tomorrow')],
  [functionCall('list_directory', { path: NOTES }, { callId: 'folder' })],
  modelResponder(answer),
]);

const notes = new MCPServerStdio({
  name: 'notes',
  command: process.execPath,
  args: [SERVER, NOTES],
  // The server gets the agent's environment. Without `env` it would get little more than PATH and HOME.
  env: process.env,
});

// The SDK's own traces go to OpenAI's dashboard and need a key. This agent has OpenTelemetry instead.
setTracingDisabled(true);

/** One run of the agent is one span: what happens in it is then one trace. */
const tracer = trace.getTracer('notes-agent');
await tracer.startActiveSpan('invoke_agent notes-agent', async (span) => {
  try {
    await notes.connect();
    const agent = new Agent({ name: 'notes-agent', model, mcpServers: [notes] });
    const { finalOutput, newItems } = await run(agent, QUESTION);
    const calls = newItems.filter(({ type }) => type === 'tool_call_item');
    console.log(`tools: ${calls.map(({ rawItem }) => rawItem.name).join(', ')}`);
    console.log(finalOutput);
  } catch (error) {
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    await notes.close();
    span.end();
  }
});
