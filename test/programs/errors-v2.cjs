/**
 * An agent (SDK v2, CommonJS) whose tool calls fail in every way there is. HTTP_URL and SSE_URL name servers that
 * refuse `http_401` with 401 and so on; test/process/error-truth-table.test.ts starts them.
 * By hand: node --require opentelemetry-instrumentation-mcp/register test/programs/errors-v2.cjs
 */
'use strict';
const { join } = require('node:path');
const { Client, SSEClientTransport, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');
const { run } = require('./lib/error-cases.cjs');

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

void run({
  client: (options) => new Client({ name: 'agent', version: '1.0.0' }, options),
  stdio: (args, { failing }) =>
    new UnreliableTransport({ command: process.execPath, args: [server, ...args] }, failing),
  callTool: (client, params, options) => client.callTool(params, options),
  streamable: process.env.HTTP_URL ? (url) => new StreamableHTTPClientTransport(new URL(url)) : undefined,
  sse: process.env.SSE_URL && SSEClientTransport ? (url) => new SSEClientTransport(new URL(url)) : undefined,
});
