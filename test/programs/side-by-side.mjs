/**
 * An agent that uses the MCP SDK (1.x and v2) and the AI SDK's own client at once, each over its own transport and over
 * the others', all of them interleaved. Arguments: a server program, and the file where it records what it receives.
 * AI_SDKS names the packages that have the AI SDK's client, separated by commas.
 * By hand: AI_SDKS=ai,@ai-sdk/mcp node --require opentelemetry-instrumentation-mcp/register
 * test/programs/side-by-side.mjs test/frameworks/server.cjs /tmp/record.jsonl
 */
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';

const ROUNDS = 10;
const [server, record] = process.argv.slice(2);
const parameters = { command: process.execPath, args: [server, record] };

/** A client of the MCP SDK: `callTool(name, args)` and `close()`. */
async function ofSdk(client, transport) {
  await client.connect(transport);
  return {
    callTool: (name, args) => client.callTool({ name, arguments: args }),
    close: () => client.close(),
  };
}

/** The same of the AI SDK. */
async function ofAiSdk(name, transport) {
  const { experimental_createMCPClient: createMCPClient } = await import(name);
  const client = await createMCPClient({ transport });
  return {
    callTool: (tool, args) => client.callTool({ name: tool, args, arguments: args }),
    close: () => client.close(),
  };
}

async function ownTransport(name) {
  const { Experimental_StdioMCPTransport: StdioMCPTransport } = await import(`${name}/mcp-stdio`);
  return new StdioMCPTransport(parameters);
}

const info = (name) => ({ name, version: '1.0.0' });
const connecting = [
  ofSdk(new ClientV1(info('v1')), new StdioV1(parameters)),
  ofSdk(new ClientV2(info('v2')), new StdioV2(parameters)),
  ofSdk(new ClientV1(info('v1 on v2')), new StdioV2(parameters)),
];
for (const name of process.env.AI_SDKS.split(',')) {
  connecting.push(
    ownTransport(name).then((transport) => ofAiSdk(name, transport)),
    ofAiSdk(name, new StdioV1(parameters)),
    ofAiSdk(name, new StdioV2(parameters)),
  );
}
const clients = await Promise.all(connecting);

const outcomes = {};
async function call(client, tool, text) {
  let outcome;
  try {
    const result = await client.callTool(tool, { text });
    outcome = result.isError === true ? 'isError' : result.content[0].text === `echo: ${text}`;
  } catch (error) {
    outcome = error.message.replace(/^MCP error -\d+: /, '');
  }
  outcomes[`${tool} ${outcome}`] = (outcomes[`${tool} ${outcome}`] ?? 0) + 1;
}

await Promise.all(
  Array.from({ length: ROUNDS }, (_, round) =>
    clients.map((client, n) =>
      ['echo', 'fail', 'broken'].map((tool) => call(client, tool, `${n} in round ${round}`)),
    ),
  ).flat(2),
);
console.log(clients.length, JSON.stringify(outcomes));
await Promise.all(clients.map((client) => client.close()));
