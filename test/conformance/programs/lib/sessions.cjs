/** Streamable HTTP with sessions and resumable streams, on a free loopback port, whatever SDK carries it. */
'use strict';
const { createServer } = require('node:http');

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Only a page of this machine may talk to a server of this machine (DNS rebinding). */
function isLocal(request) {
  const { host, origin } = request.headers;
  const names = [`http://${host}`, ...(origin === undefined ? [] : [origin])];
  return names.every((name) => URL.canParse(name) && LOCAL.has(new URL(name).hostname));
}

/** Keeps every message of every stream, so that a client may go on where its stream broke. */
class Events {
  events = [];

  storeEvent(streamId, message) {
    this.events.push({ streamId, message });
    return Promise.resolve(`${streamId}/${this.events.length}`);
  }

  async replayEventsAfter(lastEventId, { send }) {
    const [streamId, number] = lastEventId.split('/');
    for (let at = Number(number); at < this.events.length; at += 1) {
      const event = this.events[at];
      if (event.streamId === streamId) await send(`${streamId}/${at + 1}`, event.message);
    }
    return streamId;
  }
}

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body === '' ? undefined : JSON.parse(body);
}

function refuse(response, status, message) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32000, message } }));
}

/**
 * `open(options, keep)` makes a transport with a connected server behind it and calls `keep(id)` when it has its id;
 * `handle(transport, request, response, body)` answers one HTTP request. Prints the URL; ends when stdin ends.
 */
function serveSessions({ open, handle }) {
  const sessions = new Map();
  const http = createServer(async (request, response) => {
    try {
      if (!isLocal(request)) return refuse(response, 403, 'Host or Origin is not local');
      const body = request.method === 'POST' ? await bodyOf(request) : undefined;
      let transport = sessions.get(request.headers['mcp-session-id']);
      if (transport === undefined) {
        if (body?.method !== 'initialize') return refuse(response, 400, 'no such session');
        const options = { eventStore: new Events(), retryInterval: 100 };
        transport = await open(options, (id, made) => sessions.set(id, made));
      }
      return await handle(transport, request, response, body);
    } catch (error) {
      process.stderr.write(`${error?.stack ?? error}\n`);
      if (!response.headersSent) refuse(response, 500, 'internal error');
      return response.end();
    }
  });
  http.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${http.address().port}/mcp\n`));
  process.stdin.resume().on('end', () => process.exit(0));
}

module.exports = { serveSessions };
