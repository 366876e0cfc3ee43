/**
 * The agent of memory-agent.cjs, which hands its classes to the instrumentation itself: what Bun and Deno need.
 * By hand: bun test/cli/programs/instrumented-agent.cjs
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { instrument } = require('opentelemetry-instrumentation-mcp');

instrument({ Client });
require('./memory-agent.cjs');
