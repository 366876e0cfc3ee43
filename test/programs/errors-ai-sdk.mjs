/**
 * An agent on the AI SDK's own MCP client whose tool calls fail in every way there is. AI_SDK names package and version,
 * as `ai@4.3.19`; MODERN=1 lets the servers know protocol 2026-07-28. HTTP_URL and SSE_URL name servers that refuse
 * `http_401` with 401 and so on; test/process/error-truth-table-ai-sdk.test.ts starts them.
 * By hand: AI_SDK=ai@4.3.19 node --require opentelemetry-instrumentation-mcp/register test/programs/errors-ai-sdk.mjs
 */
import { fileURLToPath } from 'node:url';
import errorCases from './lib/error-cases.cjs';

const [, name, major] = /^(.+)@(\d+)\./.exec(process.env.AI_SDK);
const { experimental_createMCPClient: createMCPClient } = await import(name);
const { Experimental_StdioMCPTransport: StdioMCPTransport } = await import(`${name}/mcp-stdio`);

class UnreliableTransport extends StdioMCPTransport {
  constructor(parameters, failing) {
    super(parameters);
    this.failing = failing;
  }

  send(message) {
    if (this.failing && message.params?.name === this.failing)
      return Promise.reject(new Error('the pipe broke'));
    return super.send(message);
  }
}

/** The client of the AI SDK is made connected. */
class Agent {
  async connect(transport) {
    this.mcp = await createMCPClient({ transport });
  }

  listTools() {
    return this.mcp.listTools();
  }

  close() {
    return this.mcp.close();
  }
}

const server = fileURLToPath(new URL('scripted-server.cjs', import.meta.url));
const always = process.env.MODERN === '1' ? ['--modern'] : [];
const { HTTP_URL, SSE_URL } = process.env;
/** `ai` has no streamable HTTP, and its SSE transport keeps a refusal to itself. */
const isEarly = name === 'ai';
const refusals = ['sse_401', 'sse_403', 'sse_404', 'sse_500', 'sse_broken'];

await errorCases.run({
  client: () => new Agent(),
  stdio: (args, { failing }) =>
    new UnreliableTransport({ command: process.execPath, args: [server, ...always, ...args] }, failing),
  callTool: ({ mcp }, { name: tool, arguments: args }, { signal, timeout } = {}) =>
    // `arguments`, `signal` and `timeout` since 2.x.
    mcp.callTool({ name: tool, args, arguments: args, options: { abortSignal: signal, signal, timeout } }),
  streamable: isEarly || !HTTP_URL ? undefined : (url) => ({ type: 'http', url }),
  sse: SSE_URL ? (url) => ({ type: 'sse', url }) : undefined,
  cannot: new Set(major === '2' ? ['output_schema'] : ['output_schema', 'timeout']),
  hangs: new Set(isEarly ? refusals : []),
});
