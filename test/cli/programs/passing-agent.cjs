/**
 * An agent whose stdio server gets of the environment what doctor says it needs. SDK=2 makes it one of SDK 2.x.
 * GIVEN=options gives it NODE_OPTIONS written out, as a JSON file of servers would; GIVEN=flag a flag
 * instead; GIVEN=forgotten no variable that says where telemetry goes.
 * By hand: NODE_OPTIONS='--require opentelemetry-instrumentation-mcp/register' node test/cli/programs/passing-agent.cjs
 */
'use strict';
const { join } = require('node:path');
const isV2 = process.env.SDK === '2';
const { Client } = require(
  isV2 ? '@modelcontextprotocol/client' : '@modelcontextprotocol/sdk/client/index.js',
);
const { getDefaultEnvironment, StdioClientTransport } = require(
  isV2 ? '@modelcontextprotocol/client/stdio' : '@modelcontextprotocol/sdk/client/stdio.js',
);

const REGISTER = 'opentelemetry-instrumentation-mcp/register';
const command = process.execPath;
const args = [join(__dirname, `../../programs/echo-server-v${isV2 ? 2 : 1}.cjs`)];

async function main() {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const told = Object.entries(process.env).filter(([name]) => /^(NODE_OPTIONS$|OTEL_)/.test(name));
  const env = { ...getDefaultEnvironment(), ...(process.env.GIVEN ? {} : Object.fromEntries(told)) };
  if (process.env.GIVEN !== 'forgotten')
    env.OTEL_EXPORTER_OTLP_ENDPOINT = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (/options|forgotten/.test(process.env.GIVEN)) env.NODE_OPTIONS = `--require ${REGISTER}`;
  if (process.env.GIVEN === 'flag') args.unshift('--require', REGISTER);
  await client.connect(new StdioClientTransport({ command, args, env }));
  await client.callTool({ name: 'echo', arguments: { text: 'hello' } });
  await client.close();
}

void main();
