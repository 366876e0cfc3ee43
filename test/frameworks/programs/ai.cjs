'use strict';
const { experimental_createMCPClient } = require('ai');
const { Experimental_StdioMCPTransport } = require('ai/mcp-stdio');
const { run } = require('./lib/ai-sdk.cjs');

run(experimental_createMCPClient, Experimental_StdioMCPTransport);
