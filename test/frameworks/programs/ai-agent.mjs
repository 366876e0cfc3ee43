import { experimental_createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import * as ai from 'ai';
import * as mocks from 'ai/test';
import { run } from './lib/ai-agent.cjs';

await run(ai, mocks, experimental_createMCPClient, Experimental_StdioMCPTransport);
