/**
 * The server of the harm tests: `node server.cjs v1|v2 stdio|http|sse`. Over HTTP it prints its URL and ends when its
 * stdin ends.
 */
'use strict';
const { createServer } = require('node:http');

const [, , major, transport] = process.argv;
const sdk = require(`./lib/sdk-${major}.cjs`);

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body === '' ? undefined : JSON.parse(body);
}

function overHttp(answer) {
  const http = createServer(async (request, response) => {
    try {
      await answer(request, response, request.method === 'POST' ? await bodyOf(request) : undefined);
    } catch (error) {
      process.stderr.write(`${error?.stack ?? error}\n`);
      response.destroy();
    }
  });
  http.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${http.address().port}/mcp\n`));
  process.stdin.resume().on('end', () => process.exit(0));
}

if (transport === 'stdio') sdk.serveStdio();
else overHttp(transport === 'http' ? sdk.serveHttp() : sdk.serveSse());
