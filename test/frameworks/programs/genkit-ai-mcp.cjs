'use strict';
const mcp = require('@genkit-ai/mcp');
const genkit = require('genkit');
const { run } = require('./lib/genkit-ai-mcp.cjs');

run(mcp, genkit);
