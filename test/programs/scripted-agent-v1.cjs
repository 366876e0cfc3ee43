/**
 * An ordinary agent (SDK 1.2 and later, CommonJS) that does what SCRIPT says; see lib/scripted-steps.cjs.
 * By hand: SCRIPT=script.json node --require opentelemetry-instrumentation-mcp/register scripted-agent-v1.cjs
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const types = require('@modelcontextprotocol/sdk/types.js');
const { v1 } = require('./lib/scripted-sdk.cjs');
const { follow } = require('./lib/scripted-steps.cjs');

const http = () =>
  require('@modelcontextprotocol/sdk/client/streamableHttp.js').StreamableHTTPClientTransport;
void follow(v1({ Client, StdioClientTransport, types, http }));
