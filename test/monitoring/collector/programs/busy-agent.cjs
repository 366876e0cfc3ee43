/**
 * An agent that makes calls of every kind, each with a trace of its own, and knows nothing of OpenTelemetry:
 * COUNTS is `{"plain": 300, "failing": 5, "slow": 3, "denied": 10, "observed": 10, "broken": 5}`.
 *
 * The server is a real one. It gets the agent's environment, with SERVER_ENDPOINT in place of the agent's own OTLP endpoint
 * where that is set: then the two sides of a call are told to two Collectors.
 *
 *   COUNTS='{"plain":3,"failing":1}' OTEL_TRACES_EXPORTER=console OTEL_METRICS_EXPORTER=none \
 *     NODE_OPTIONS='--require opentelemetry-instrumentation-mcp/register' node test/monitoring/collector/programs/busy-agent.cjs
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

const AT_ONCE = 10;
const SLOW_SECONDS = Number(process.env.SLOW_SECONDS ?? 0.7);
const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const counts = JSON.parse(process.env.COUNTS ?? '{}');

/** What the agent asks of the server; which of it is denied is said in the policy. */
const CALLS = {
  plain: (n) => ({ name: 'echo', arguments: { message: process.env.MESSAGE ?? `hello ${n}` } }),
  // The server answers with `isError`.
  failing: () => ({ name: 'get-sum', arguments: { a: 'none', b: 1 } }),
  slow: () => ({ name: 'trigger-long-running-operation', arguments: { duration: SLOW_SECONDS, steps: 1 } }),
  denied: () => ({ name: 'get-env', arguments: {} }),
  observed: () => ({ name: 'get-tiny-image', arguments: {} }),
};

function serverEnvironment() {
  const { SERVER_ENDPOINT, ...env } = process.env;
  return SERVER_ENDPOINT === undefined ? env : { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: SERVER_ENDPOINT };
}

async function main() {
  const client = new Client({ name: 'busy-agent', version: '1.0.0' }, {});
  const server = { command: process.execPath, args: [EVERYTHING, 'stdio'], env: serverEnvironment() };
  await client.connect(new StdioClientTransport({ ...server, stderr: 'ignore' }));
  const outcomes = { done: 0, failed: 0, denied: 0, rejected: 0 };
  const make = async (call) => {
    try {
      const result = await call();
      outcomes[result.isError === true ? 'failed' : 'done'] += 1;
    } catch (error) {
      outcomes[error.code === 'MCP_GUARD_DENIED' ? 'denied' : 'rejected'] += 1;
    }
  };
  const calls = Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, n) =>
      // A resource that is not there: a JSON-RPC error.
      kind === 'broken'
        ? () => client.readResource({ uri: 'no://such' })
        : () => client.callTool(CALLS[kind](n)),
    ),
  );
  // In an order that does not put all of a kind together, the same in every run.
  const place = new Map(calls.map((call, index) => [call, (index * 7919) % 1009]));
  calls.sort((one, other) => place.get(one) - place.get(other));
  const queue = calls[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const call of queue) await make(call);
    }),
  );
  await client.close();
  console.log(JSON.stringify(outcomes));
}

void main();
