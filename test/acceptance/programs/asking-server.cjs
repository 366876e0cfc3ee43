/**
 * A server whose tools `sample`, `elicit` and `roots` ask the agent, and answer with what they were told: `node
 * asking-server.cjs v1|v2`. On v2 a client of protocol 2026-07-28 is asked inside of the result.
 */
'use strict';

const SAMPLING = { maxTokens: 5, messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }] };
const ELICITATION = {
  message: 'sure?',
  requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } } },
};
const METHODS = { sample: 'sampling/createMessage', elicit: 'elicitation/create', roots: 'roots/list' };
const PARAMS = { sample: SAMPLING, elicit: ELICITATION, roots: undefined };

const TOOLS = Object.keys(METHODS).map((name) => ({
  name,
  inputSchema: { type: 'object', additionalProperties: true },
}));
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });

async function told(ask) {
  try {
    return text({ answered: await ask() });
  } catch ({ code, message }) {
    return text({ refused: { code, message } });
  }
}

function serveV1() {
  const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
  const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
  const types = require('@modelcontextprotocol/sdk/types.js');
  const schemas = {
    sample: types.CreateMessageResultSchema,
    elicit: types.ElicitResultSchema,
    roots: types.ListRootsResultSchema,
  };
  const server = new Server({ name: 'asking', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler(types.ListToolsRequestSchema, async () => ({ tools: TOOLS }));
  server.setRequestHandler(types.CallToolRequestSchema, async ({ params: { name } }, extra) =>
    told(() => extra.sendRequest({ method: METHODS[name], params: PARAMS[name] }, schemas[name])),
  );
  void server.connect(new StdioServerTransport());
}

function serveV2() {
  const { Server, inputRequired } = require('@modelcontextprotocol/server');
  const { serveStdio } = require('@modelcontextprotocol/server/stdio');
  const requests = {
    sample: () => inputRequired.createMessage(SAMPLING),
    elicit: () => inputRequired.elicit(ELICITATION),
    roots: () => inputRequired.listRoots(),
  };
  serveStdio(({ era }) => {
    const server = new Server({ name: 'asking', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', async () => ({ tools: TOOLS }));
    server.setRequestHandler('tools/call', async ({ params: { name } }, { mcpReq }) => {
      if (era !== 'modern') {
        return told(() => mcpReq.send({ method: METHODS[name], params: PARAMS[name] }));
      }
      if (mcpReq.inputResponses !== undefined) return text({ answered: mcpReq.inputResponses.it });
      return inputRequired({ inputRequests: { it: requests[name]() }, requestState: 'asked' });
    });
    return server;
  });
}

if (process.argv[2] === 'v1') serveV1();
else serveV2();
