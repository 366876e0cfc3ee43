/**
 * An agent that makes the calls that its stdin names (`echo`, `fail`, `denied`), one a line, and says `done` after each.
 * With SERVE it serves our handlers itself: `http`, `express` or `fastify`; then it says where.
 * By hand: OTEL_MCP_HTTP=9465 node --require opentelemetry-instrumentation-mcp/register calling-agent.mjs
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

const say = (text) => process.stdout.write(`${text}\n`);

async function serve(kind) {
  const { createHealthHandler, createMetricsHandler } = await import('opentelemetry-instrumentation-mcp');
  const [health, metrics] = [createHealthHandler(), createMetricsHandler()];
  const listening = (server) => say(`serving ${server.address().port}`);
  if (kind === 'http') {
    const server = createServer((request, response) =>
      (request.url === '/metrics' ? metrics : health)(request, response),
    );
    server.listen(0, '127.0.0.1', () => listening(server));
  } else if (kind === 'express') {
    const app = createRequire(import.meta.resolve('@modelcontextprotocol/sdk/server/mcp.js'))('express')();
    app.get('/health/mcp', health);
    app.get('/metrics', metrics);
    const server = app.listen(0, '127.0.0.1', () => listening(server));
  } else {
    const app = createRequire(process.env.FASTIFY)('fastify')();
    app.get('/health/mcp', (request, reply) => {
      reply.hijack();
      health(request.raw, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    listening(app.server);
  }
}

const server = new McpServer({ name: 'tools', version: '1.0.0' });
server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
  content: [{ type: 'text', text }],
}));
server.registerTool('fail', {}, () => ({ isError: true, content: [] }));
server.registerTool('denied', {}, () => ({ content: [] }));
const client = new Client({ name: 'calling-agent', version: '1.0.0' });
const [mine, theirs] = InMemoryTransport.createLinkedPair();
if (process.env.SERVE) await serve(process.env.SERVE);
await server.connect(theirs);
await client.connect(mine);
say('ready');
for await (const name of createInterface({ input: process.stdin })) {
  const given = name === 'echo' ? { text: 'hello' } : {};
  await client.callTool({ name, arguments: given }).catch(() => undefined);
  say('done');
}
await client.close();
process.exitCode = 0;
if (process.env.SERVE) process.exit();
