'use strict';
/** A proxy around the client: CLIENT spans, propagation, the convention's histogram. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { fromPeer } = require('../peer.cjs');
const { measure } = require('../workload.cjs');

const seen = registerOpenTelemetry();
const { instrumentMcpClient } = fromPeer('autotel-mcp-instrumentation/client');

measure({ ...seen, wrapClient: (client) => instrumentMcpClient(client, {}) });
