/** Preloaded after our package: an owner who wants no telemetry of tool calls. */
'use strict';
const { McpInstrumentation } = require('opentelemetry-instrumentation-mcp');

new McpInstrumentation({ ignoreMethods: ['tools/call', 'initialize', 'server/discover'] });
