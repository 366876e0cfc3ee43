/**
 * An ordinary agent that makes one MCP call and then ends in the way its argument names. Client and server are in this
 * process, so that nothing else decides about the time it takes to end.
 * By hand: node --require opentelemetry-instrumentation-mcp/register test/process/exit/programs/agent.cjs exit-now
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');

async function connect() {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = new McpServer({ name: 'server', version: '1.0.0' });
  server.tool('echo', () => ({ content: [{ type: 'text', text: 'hello' }] }));
  server.tool('never', () => new Promise(() => {}));
  await server.connect(serverSide);
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(clientSide);
  return client;
}

/** Says when the end began, so that a test can tell how long it took. */
function end(how) {
  process.stderr.write(`ending at ${Date.now()}\n`);
  how();
}

const stayAlive = () => setTimeout(() => {}, 20_000);
const ready = () => {
  stayAlive();
  process.stderr.write('ready\n');
};

const STYLES = {
  natural: () => end(() => {}),
  'natural-later': () => setTimeout(() => end(() => {}), 500),
  'exit-now': () => end(() => process.exit(0)),
  'exit-later': () => setTimeout(() => end(() => process.exit(3)), 100),
  throw: () =>
    end(() => {
      setImmediate(() => {
        throw new Error('the agent failed');
      });
    }),
  rejection: () =>
    end(() => {
      void Promise.reject(new Error('the agent rejected'));
    }),
  signal: ready,
  'own-handler': () => {
    process.on('SIGTERM', () => end(() => process.exit(7)));
    ready();
  },
  // As libraries do that clean up at the end and leave the signal to the agent's own handlers.
  'alone-library': () => {
    const cleanUp = () => {
      if (process.listenerCount('SIGTERM') > 1) return;
      process.removeListener('SIGTERM', cleanUp);
      process.stdout.write('cleaned up\n');
      process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', cleanUp);
    ready();
  },
  'own-once-handler': () => {
    process.once('SIGTERM', () => setTimeout(() => end(() => process.exit(7)), 100));
    ready();
  },
};

async function main() {
  const style = process.argv[2];
  // Before the first MCP use, as most agents have it.
  if (style === 'earlier-handler')
    process.once('SIGTERM', () => setTimeout(() => end(() => process.exit(7)), 100));
  const client = await connect();
  const { content } = await client.callTool({ name: 'echo', arguments: {} });
  process.stdout.write(`${content[0].text}\n`);
  if (process.argv[3] === 'in-flight') void client.callTool({ name: 'never', arguments: {} });
  (STYLES[style] ?? ready)();
}

void main();
