'use strict';
/** Client spans with arguments and results on them (its default); no metrics, no propagation. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { fromPeer } = require('../peer.cjs');
const { measure } = require('../workload.cjs');

const seen = registerOpenTelemetry();
const { McpInstrumentation } = fromPeer('@traceloop/instrumentation-mcp');

measure({ ...seen, prepare: ({ Client }) => new McpInstrumentation().manuallyInstrument({ Client }) });
