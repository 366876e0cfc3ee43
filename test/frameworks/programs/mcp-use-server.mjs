import { MCPServer, error, text } from 'mcp-use';
import { z } from 'zod';

const server = new MCPServer({ name: 'notes', version: '1.0.0' });

server.tool(
  { name: 'echo', description: 'Says it again', inputSchema: z.object({ text: z.string() }) },
  async (input) => text(input.text),
);
server.tool({ name: 'fail', description: 'Never works', inputSchema: z.object({}) }, async () =>
  error('it failed'),
);

const { url } = await server.listen(0, { host: '127.0.0.1' });
console.log(url);
process.once('SIGTERM', () => server.close());
