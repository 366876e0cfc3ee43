/**
 * An agent that serves several users at once through one MCP connection, over streamable HTTP.
 *
 * All it knows of this package is `withMcpContext`, which says on whose behalf a call is made. Without the preload
 * that does nothing.
 *
 * By hand, in the root of the repository (`npm run build` first):
 *
 *   PORT=3001 npx mcp-server-everything streamableHttp        # in another terminal
 *   OTEL_TRACES_EXPORTER=console OTEL_METRICS_EXPORTER=none \
 *     node --require opentelemetry-instrumentation-mcp/register examples/multi-user-agent.mjs
 *
 * Options: `--server URL` (default http://localhost:3001/mcp), `--every SECONDS` (serve the users again and again until
 * Ctrl-C or until stdin ends; default: once).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { withMcpContext } from 'opentelemetry-instrumentation-mcp';

const { values: options } = parseArgs({
  options: {
    server: { type: 'string', default: 'http://localhost:3001/mcp' },
    every: { type: 'string' },
  },
});

const client = new Client({ name: 'multi-user-agent', version: '1.0.0' });
const call = (name, args, requestOptions) => {
  return client.callTool({ name, arguments: args }, undefined, requestOptions);
};
const slow = (seconds, requestOptions) => {
  return call('trigger-long-running-operation', { duration: seconds, steps: 2 }, requestOptions);
};
const calledOffAfter = (milliseconds) => {
  const changedMind = new AbortController();
  setTimeout(() => changedMind.abort('the user changed their mind'), milliseconds);
  return changedMind.signal;
};

/** What each user wants. */
const WISHES = {
  alice: [
    ['add two numbers', () => call('get-sum', { a: 1, b: 2 })],
    ['read a resource', () => client.readResource({ uri: 'demo://resource/dynamic/text/7' })],
    ['follow the progress of a slow tool', () => slow(0.2, { onprogress: () => undefined })],
  ],
  bob: [
    ['add a number and a word', () => call('get-sum', { a: 1, b: 'two' })],
    ['get a prompt', () => client.getPrompt({ name: 'simple-prompt' })],
    ['read a resource that is not there', () => client.readResource({ uri: 'demo://nowhere' })],
  ],
  carol: [
    ['ask for the weather', () => call('get-structured-content', { location: 'Chicago' })],
    ['wait 0.2 s for a slow tool', () => slow(1, { timeout: 200 })],
  ],
  dave: [
    ['call a slow tool off', () => slow(1, { signal: calledOffAfter(200) })],
    ['echo', () => call('echo', { message: 'hello' })],
  ],
};

async function serve(user, wishes) {
  for (const [title, action] of wishes) {
    try {
      const result = await action();
      console.log(
        `${user}: ${title}: ${result.isError === true ? 'the tool answered with an error' : 'done'}`,
      );
    } catch (error) {
      console.log(`${user}: ${title}: ${error.message}`);
    }
  }
}

/** Everybody at once: the calls of all users interleave on one connection. */
async function serveEverybody() {
  await Promise.all(
    Object.entries(WISHES).map(([user, wishes]) => {
      return withMcpContext({ userId: user, tenantId: 'acme' }, () => serve(user, wishes));
    }),
  );
  console.log('everybody has been served');
}

/** Resolves when stdin ends or Ctrl-C is pressed. */
function toldToStop() {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.stdin.resume().once('end', resolve);
  });
}

async function main() {
  await client.connect(new StreamableHTTPClientTransport(new URL(options.server)));
  await serveEverybody();
  if (options.every !== undefined) {
    const stopped = toldToStop().then(() => true);
    while (!(await Promise.race([stopped, pause(Number(options.every) * 1000)]))) await serveEverybody();
  }
  await client.close();
}

try {
  await main();
  // The timer of the last pause must not hold the process.
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
