import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { run } from './lib/langchain-mcp-adapters.cjs';

await run(MultiServerMCPClient);
