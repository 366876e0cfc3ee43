'use strict';
const { createServer } = require('node:http');

/** A route of mcp-handler behind Node's own server. @param options - further ones of the handler */
exports.run = (createMcpHandler, z, options = {}) => {
  const handler = createMcpHandler(
    (server) => {
      server.registerTool(
        'echo',
        { description: 'Says it again', inputSchema: z.object({ text: z.string() }) },
        async ({ text }) => ({ content: [{ type: 'text', text }] }),
      );
      server.registerTool('fail', { description: 'Never works', inputSchema: z.object({}) }, async () => {
        throw new Error('it failed');
      });
    },
    { serverInfo: { name: 'notes', version: '1.0.0' }, ...options },
  );

  // What Next.js and other Fetch-based frameworks do around a route handler.
  const http = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await handler(
      new Request(`http://${request.headers.host}${request.url}`, {
        method: request.method,
        headers: request.headers,
        body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  });
  http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
  process.once('SIGTERM', () => http.close());
};
