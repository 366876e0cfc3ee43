/** The echo server on SDK 1.x, by the low-level `Server` that every 1.x has. */
'use strict';
const { answers, CAPABILITIES } = require('./echo-answers.cjs');

/** `sdk`: `Server` and the exports of `types.js`. The caller connects it. */
function makeServer({ Server, types }) {
  const server = new Server({ name: 'echo', version: '1.0.0' }, { capabilities: CAPABILITIES });
  const answer = answers((code, message) => new types.McpError(code, message));
  server.setRequestHandler(types.ListToolsRequestSchema, async () => answer.listTools());
  server.setRequestHandler(types.CallToolRequestSchema, async ({ params }) => answer.callTool(params));
  server.setRequestHandler(types.ReadResourceRequestSchema, async ({ params }) =>
    answer.readResource(params),
  );
  server.setRequestHandler(types.GetPromptRequestSchema, async ({ params }) => answer.getPrompt(params));
  return server;
}

module.exports = { makeServer };
