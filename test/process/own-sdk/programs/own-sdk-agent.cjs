/**
 * An agent with an OpenTelemetry SDK of its own, which it starts before its first MCP call, after it, or never (argument).
 * Its spans go to AGENT_ENDPOINT; what it sees of the process goes to stdout as one line of JSON.
 * OWN_OTEL names a folder whose OpenTelemetry packages the agent uses; default: those beside it.
 * By hand: node --require opentelemetry-instrumentation-mcp/register own-sdk-agent.cjs after
 */
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');

const own = process.env.OWN_OTEL === undefined ? require : createRequire(join(process.env.OWN_OTEL, 'x.js'));
const api = own('@opentelemetry/api');
const seen = { errors: [] };

function startSdk() {
  const remember = (message) => seen.errors.push(String(message));
  const silent = () => {};
  api.diag.setLogger(
    { error: remember, warn: remember, info: silent, debug: silent, verbose: silent },
    { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const fromSdk = createRequire(own.resolve('@opentelemetry/sdk-node'));
  const { NodeSDK } = own('@opentelemetry/sdk-node');
  const { OTLPTraceExporter } = fromSdk('@opentelemetry/exporter-trace-otlp-http');
  const sdk = new NodeSDK({
    traceExporter: new OTLPTraceExporter({ url: `${process.env.AGENT_ENDPOINT}/v1/traces` }),
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return sdk;
}

async function connect() {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = new McpServer({ name: 'server', version: '1.0.0' });
  for (const name of ['first', 'second'])
    server.tool(name, () => ({ content: [{ type: 'text', text: name }] }));
  await server.connect(serverSide);
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(clientSide);
  return client;
}

const slots = () => ({
  api: Object.keys(globalThis[Symbol.for('opentelemetry.js.api.1')] ?? {}),
  logs: globalThis[Symbol.for('io.opentelemetry.js.api.logs')] !== undefined,
});

async function main() {
  const when = process.argv[2];
  const tracer = api.trace.getTracer('agent');
  const logger = api.logs?.getLogger('agent');
  let sdk = when === 'before' ? startSdk() : undefined;
  const client = await connect();
  await client.callTool({ name: 'first', arguments: {} });
  seen.slots = slots();
  seen.listeners = ['exit', 'SIGTERM', 'SIGINT', 'SIGHUP'].map((event) => process.listenerCount(event));
  tracer.startSpan('between').end();
  logger?.emit({ body: 'between' });
  if (when === 'after') sdk = startSdk();
  await tracer.startActiveSpan('late', async (span) => {
    await client.callTool({ name: 'second', arguments: {} });
    span.end();
  });
  await sdk?.shutdown();
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

void main();
