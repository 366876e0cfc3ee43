/**
 * An agent (SDK 1.2 and later, CommonJS) whose tool calls fail in every way there is. HTTP_URL and SSE_URL name servers
 * that refuse `http_401` with 401 and so on; test/process/error-truth-table.test.ts starts them.
 * By hand: node --require opentelemetry-instrumentation-mcp/register test/programs/errors-v1.cjs
 */
'use strict';
const { join } = require('node:path');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { SSEClientTransport } = require('@modelcontextprotocol/sdk/client/sse.js');
const { run } = require('./lib/error-cases.cjs');

/** SDK 1.10 brought the streamable HTTP transport; the SSE transport of the first ones needs a global. */
function streamableTransport() {
  try {
    return require('@modelcontextprotocol/sdk/client/streamableHttp.js').StreamableHTTPClientTransport;
  } catch {
    return undefined;
  }
}

class UnreliableTransport extends StdioClientTransport {
  constructor(parameters, failing) {
    super(parameters);
    this.failing = failing;
  }

  send(message, ...rest) {
    if (this.failing && message.params?.name === this.failing)
      return Promise.reject(new Error('the pipe broke'));
    return super.send(message, ...rest);
  }
}

const server = join(__dirname, 'scripted-server.cjs');
const Streamable = streamableTransport();

void run({
  client: (options) => new Client({ name: 'agent', version: '1.0.0' }, { capabilities: {}, ...options }),
  stdio: (args, { failing }) =>
    new UnreliableTransport({ command: process.execPath, args: [server, ...args] }, failing),
  callTool: (client, params, options) => client.callTool(params, undefined, options),
  streamable: Streamable && process.env.HTTP_URL ? (url) => new Streamable(new URL(url)) : undefined,
  sse: process.env.SSE_URL ? (url) => new SSEClientTransport(new URL(url)) : undefined,
});
