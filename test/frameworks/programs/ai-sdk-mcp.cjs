'use strict';
const { experimental_createMCPClient } = require('@ai-sdk/mcp');
const { Experimental_StdioMCPTransport } = require('@ai-sdk/mcp/mcp-stdio');
const { run } = require('./lib/ai-sdk.cjs');

run(experimental_createMCPClient, Experimental_StdioMCPTransport);
