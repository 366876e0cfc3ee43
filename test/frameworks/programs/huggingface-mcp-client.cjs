'use strict';
const { McpClient } = require('@huggingface/mcp-client');
const { run } = require('./lib/huggingface-mcp-client.cjs');

run(McpClient);
