'use strict';
const { MCPClient } = require('mcp-use/client');
const { run } = require('./lib/mcp-use.cjs');

run(MCPClient);
