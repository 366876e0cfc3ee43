/**
 * An ordinary agent (SDK 1.x, ESM) that does what SCRIPT says; see lib/scripted-steps.cjs.
 * By hand: SCRIPT=script.json node --import opentelemetry-instrumentation-mcp/register scripted-agent-v1.mjs
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import sessions from './lib/scripted-sdk.cjs';
import { follow } from './lib/scripted-steps.cjs';

const http = async () =>
  (await import('@modelcontextprotocol/sdk/client/streamableHttp.js')).StreamableHTTPClientTransport;
await follow(sessions.v1({ Client, StdioClientTransport, types, http }));
