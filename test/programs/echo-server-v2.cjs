/**
 * An ordinary MCP server over stdio (SDK v2, both eras; CommonJS). Records what it receives in RECORD_FILE, if set.
 * By hand: node test/programs/echo-server-v2.cjs, then type JSON-RPC; or let agent-v2.cjs start it.
 */
'use strict';
const { Server, ProtocolError } = require('@modelcontextprotocol/server');
const { serveStdio } = require('@modelcontextprotocol/server/stdio');
const { recordStdin } = require('./lib/echo-answers.cjs');
const { makeServer } = require('./lib/serve-v2.cjs');

recordStdin();
serveStdio(() => makeServer({ Server, ProtocolError }));
