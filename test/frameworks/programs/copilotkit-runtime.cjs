'use strict';
const mcp = require('@ai-sdk/mcp');
const copilotkit = require('@copilotkit/runtime/v2');
const stdio = require('@modelcontextprotocol/sdk/client/stdio.js');
const ai = require('ai/test');
const { run } = require('./lib/copilotkit-runtime.cjs');

run(copilotkit, ai, mcp, stdio);
