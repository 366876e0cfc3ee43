/**
 * An ordinary agent (SDK v2, CommonJS) that does what SCRIPT says; see lib/scripted-steps.cjs.
 * By hand: SCRIPT=script.json node --require opentelemetry-instrumentation-mcp/register scripted-agent-v2.cjs
 */
'use strict';
const { Client, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');
const { v2 } = require('./lib/scripted-sdk.cjs');
const { follow } = require('./lib/scripted-steps.cjs');

void follow(v2({ Client, StdioClientTransport, StreamableHTTPClientTransport }));
