'use strict';
const { MultiServerMCPClient } = require('@langchain/mcp-adapters');
const { run } = require('./lib/langchain-mcp-adapters.cjs');

run(MultiServerMCPClient);
