'use strict';
/**
 * Client spans and its instruments; no propagation. Its automatic hook never fires, so its MCP part is patched in by
 * hand, with the metrics that its `init` would set up on the agent's meter provider.
 */
const { join } = require('node:path');
const { registerOpenTelemetry } = require('../otel.cjs');
const { measure } = require('../workload.cjs');

const seen = registerOpenTelemetry();
const dist = join(process.env.BENCH_PEER, 'node_modules', 'openlit', 'dist');
const { default: Metrics } = require(join(dist, 'otel', 'metrics.js'));
const { default: MCPInstrumentation } = require(join(dist, 'instrumentation', 'mcp', 'index.js'));
Metrics.setup({});

measure({ ...seen, prepare: ({ Client }) => new MCPInstrumentation().manualPatch({ Client }) });
