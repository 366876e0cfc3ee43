/** The echo server on SDK v2, by the low-level `Server`. */
'use strict';
const { answers, CAPABILITIES } = require('./echo-answers.cjs');

/** `sdk`: the exports of `@modelcontextprotocol/server`. The caller serves it. */
function makeServer({ Server, ProtocolError }) {
  const server = new Server({ name: 'echo', version: '1.0.0' }, { capabilities: CAPABILITIES });
  const answer = answers((code, message) => new ProtocolError(code, message));
  server.setRequestHandler('tools/list', async () => answer.listTools());
  server.setRequestHandler('tools/call', async ({ params }) => answer.callTool(params));
  server.setRequestHandler('resources/read', async ({ params }) => answer.readResource(params));
  server.setRequestHandler('prompts/get', async ({ params }) => answer.getPrompt(params));
  return server;
}

module.exports = { makeServer };
