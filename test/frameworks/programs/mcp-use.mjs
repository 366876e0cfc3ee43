import { MCPClient } from 'mcp-use/client';
import { run } from './lib/mcp-use.cjs';

await run(MCPClient);
