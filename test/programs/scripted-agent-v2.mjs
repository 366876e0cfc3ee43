/**
 * An ordinary agent (SDK v2, ESM) that does what SCRIPT says; see lib/scripted-steps.cjs.
 * By hand: SCRIPT=script.json node --import opentelemetry-instrumentation-mcp/register scripted-agent-v2.mjs
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import sessions from './lib/scripted-sdk.cjs';
import { follow } from './lib/scripted-steps.cjs';

await follow(sessions.v2({ Client, StdioClientTransport, StreamableHTTPClientTransport }));
