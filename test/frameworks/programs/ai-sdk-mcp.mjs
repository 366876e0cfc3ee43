import { experimental_createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { run } from './lib/ai-sdk.cjs';

await run(experimental_createMCPClient, Experimental_StdioMCPTransport);
