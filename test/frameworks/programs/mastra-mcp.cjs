'use strict';
const mastra = require('@mastra/mcp');
const { run } = require('./lib/mastra-mcp.cjs');

run(mastra);
