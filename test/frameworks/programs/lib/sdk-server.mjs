/** A server made with the official SDK, for frameworks whose server has our preload too. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const tool = (name, description, properties = {}) => ({
  name,
  description,
  inputSchema: { type: 'object', properties, required: Object.keys(properties) },
});

const TOOLS = [
  tool('echo', 'Answers its text.', { text: { type: 'string', description: 'What to answer.' } }),
  tool('fail', 'Answers that it failed.'),
  tool('broken', 'Answers with a JSON-RPC error.'),
];

const CALLS = {
  echo: ({ text: said }) => text(`echo: ${said}`),
  fail: () => ({ ...text('it failed'), isError: true }),
  broken: () => {
    throw new Error('it is broken');
  },
};

export function notesServer() {
  const server = new Server({ name: 'notes', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => CALLS[params.name](params.arguments ?? {}));
  return server;
}
