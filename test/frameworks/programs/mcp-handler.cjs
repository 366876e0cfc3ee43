'use strict';
const { createMcpHandler } = require('mcp-handler');
const { z } = require('zod');
const { run } = require('./lib/mcp-handler.cjs');

run(createMcpHandler, z);
