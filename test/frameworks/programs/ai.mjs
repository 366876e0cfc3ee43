import { experimental_createMCPClient } from 'ai';
import { Experimental_StdioMCPTransport } from 'ai/mcp-stdio';
import { run } from './lib/ai-sdk.cjs';

await run(experimental_createMCPClient, Experimental_StdioMCPTransport);
