/**
 * An ordinary MCP server over stdio (SDK 1.2 and later; CommonJS). Records what it receives in RECORD_FILE, if set.
 * By hand: node test/programs/echo-server-v1.cjs, then type JSON-RPC; or let agent-v1.cjs start it.
 */
'use strict';
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
const types = require('@modelcontextprotocol/sdk/types.js');
const { recordStdin } = require('./lib/echo-answers.cjs');
const { makeServer } = require('./lib/serve-v1.cjs');

recordStdin();
void makeServer({ Server, types }).connect(new StdioServerTransport());
