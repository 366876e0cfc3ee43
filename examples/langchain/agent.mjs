/**
 * A LangChain agent that answers from a folder of notes. It knows nothing of MCP instrumentation.
 *
 * `createAgent` runs the loop: ask the model, run the tools that it wants, give it their results, until it answers. The
 * tools are those of an MCP server (`@modelcontextprotocol/server-filesystem`), a child process reached over stdio.
 * The model is LangChain's own fake, so that no key and no network is needed: it plays a script, where `ChatOpenAI` or
 * another would think. Everything else is as with a real one.
 */
import './telemetry.mjs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { AIMessage, createAgent, fakeModel, ToolMessage, toolErrorMiddleware } from 'langchain';

const NOTES = fileURLToPath(new URL('notes', import.meta.url));
const SERVER = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));
const QUESTION = 'What do I have to do today and tomorrow?';

/** The results of the tools so far, as the model sees them: text, or JSON where the server sent structured content too. */
const results = (messages) => messages.filter((message) => ToolMessage.isInstance(message));
const content = ({ text }) => JSON.parse(text).structuredContent.content.trim();

/** Answers from what the tools said, as a model would. */
function answer(messages) {
  const [today, tomorrow, folder] = results(messages);
  const then = tomorrow.status === 'error' ? 'There is no note for it' : content(tomorrow);
  return new AIMessage(`Today:\n${content(today)}\nTomorrow: ${then}, only ${content(folder)}`);
}

/** What the model decides, turn by turn: read two notes at once; see what there is when one is missing; answer. */
const model = fakeModel()
  .respondWithTools([
    { name: 'read_text_file', args: { path: join(NOTES, 'today.md') } },
    { name: 'read_text_file', args: { path: join(NOTES, 'tomorrow.md') } },
  ])
  .respondWithTools([{ name: 'list_directory', args: { path: NOTES } }])
  .respond(answer);

const mcp = new MultiServerMCPClient({
  mcpServers: {
    // The server gets the agent's environment. Without `env` it would get little more than PATH and HOME.
    notes: { transport: 'stdio', command: process.execPath, args: [SERVER, NOTES], env: process.env },
  },
});

/** One run of the agent is one span: what happens in it is then one trace. */
const tracer = trace.getTracer('notes-agent');
await tracer.startActiveSpan('invoke_agent notes-agent', async (span) => {
  try {
    const agent = createAgent({
      model,
      tools: await mcp.getTools(),
      // A tool that fails is no reason to give up: the model is told, and goes on.
      middleware: [toolErrorMiddleware({ onError: (error) => error.message })],
    });
    const { messages } = await agent.invoke({ messages: [{ role: 'user', content: QUESTION }] });
    for (const { name, status } of results(messages)) console.log(`${name}: ${status ?? 'success'}`);
    console.log(messages.at(-1).text);
  } catch (error) {
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    await mcp.close();
    span.end();
  }
});
