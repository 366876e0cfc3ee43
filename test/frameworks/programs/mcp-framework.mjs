import { MCPServer, MCPTool } from 'mcp-framework';
import { z } from 'zod';

class EchoTool extends MCPTool {
  name = 'echo';
  description = 'Says it again';
  schema = z.object({ text: z.string().describe('What to say') });
  async execute({ text }) {
    return text;
  }
}

class FailTool extends MCPTool {
  name = 'fail';
  description = 'Never works';
  schema = z.object({});
  async execute() {
    throw new Error('it failed');
  }
}

const server = new MCPServer({ name: 'notes', version: '1.0.0' });
server.addTool(EchoTool);
server.addTool(FailTool);
server.start();
