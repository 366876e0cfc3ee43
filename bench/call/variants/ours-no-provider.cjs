'use strict';
/** This package, and nothing that takes its telemetry: no provider in the agent, none of our own (OTEL_MCP_SDK=off). */
process.env.OTEL_MCP_SDK = 'off';
const { instrument } = require('../../../build/src/index.js');
const { measure } = require('../workload.cjs');

measure({ prepare: ({ Client }) => instrument({ Client }) });
