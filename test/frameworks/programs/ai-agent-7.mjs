import { experimental_createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { OpenTelemetry } from '@ai-sdk/otel';
import * as ai from 'ai';
import * as mocks from 'ai/test';
import { run } from './lib/ai-agent.cjs';

ai.registerTelemetry(new OpenTelemetry());
await run(ai, mocks, experimental_createMCPClient, Experimental_StdioMCPTransport);
