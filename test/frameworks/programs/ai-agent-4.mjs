import * as ai from 'ai';
import { Experimental_StdioMCPTransport } from 'ai/mcp-stdio';
import * as mocks from 'ai/test';
import { run } from './lib/ai-agent.cjs';

await run(ai, mocks, ai.experimental_createMCPClient, Experimental_StdioMCPTransport);
