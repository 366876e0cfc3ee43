/**
 * An ordinary MCP server over stdio (SDK v2, both eras; ESM). Records what it receives in RECORD_FILE, if set.
 * By hand: node test/programs/echo-server-v2.mjs, then type JSON-RPC; or let agent-v2.mjs start it.
 */
import { ProtocolError, Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import answers from './lib/echo-answers.cjs';
import serve from './lib/serve-v2.cjs';

answers.recordStdin();
serveStdio(() => serve.makeServer({ Server, ProtocolError }));
