'use strict';
const { MCPServerStdio } = require('@openai/agents');
const { run } = require('./lib/openai-agents.cjs');

run(MCPServerStdio);
