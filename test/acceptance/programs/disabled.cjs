/** Preloaded after our package: an owner who switches the instrumentation off in code. */
'use strict';
const { McpInstrumentation } = require('opentelemetry-instrumentation-mcp');

new McpInstrumentation().disable();
