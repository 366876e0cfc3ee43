/** Serves an MCP server over HTTP on a free loopback port, prints its URL, and ends when stdin ends. */
'use strict';
const { createServer } = require('node:http');

/** `handle(request, response)` answers one HTTP request; `close()` resolves when what it opened is closed. */
function host(handle, close = async () => undefined) {
  const http = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error) => {
      process.stderr.write(`${error?.stack ?? error}\n`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  http.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${http.address().port}\n`));
  process.stdin.resume().on('end', async () => {
    await close();
    http.close();
    http.closeAllConnections();
  });
}

async function readJson(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body === '' ? undefined : JSON.parse(body);
}

module.exports = { host, readJson };
