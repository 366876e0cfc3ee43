/**
 * An ordinary MCP server over stdio (SDK 1.x; ESM). Records what it receives in RECORD_FILE, if set.
 * By hand: node test/programs/echo-server-v1.mjs, then type JSON-RPC; or let agent-v1.mjs start it.
 */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import answers from './lib/echo-answers.cjs';
import serve from './lib/serve-v1.cjs';

answers.recordStdin();
await serve.makeServer({ Server, types }).connect(new StdioServerTransport());
