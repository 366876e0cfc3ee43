import { McpClient } from '@huggingface/mcp-client';
import { run } from './lib/huggingface-mcp-client.cjs';

await run(McpClient);
