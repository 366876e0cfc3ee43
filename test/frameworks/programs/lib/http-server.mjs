/**
 * An MCP server over streamable HTTP, made with the official SDK: `node http-server.mjs RECORD`. Its URL is its first line
 * of stdout; it appends every message that it receives to RECORD, and ends when its stdin ends.
 */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { notesServer } from './sdk-server.mjs';

const record = process.argv[2];

const http = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const message = JSON.parse(Buffer.concat(chunks).toString());
  appendFileSync(record, `${JSON.stringify(message)}\n`);
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  await notesServer().connect(transport);
  await transport.handleRequest(request, response, message);
});
http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
process.stdin.resume().once('end', () => process.exit());
