'use strict';
/**
 * Propagation alone, on transports; it needs a span of the agent to propagate. It knows no in-memory transport: this
 * one is handed over as the stdio one.
 */
const { context, trace } = require('@opentelemetry/api');
const { registerOpenTelemetry } = require('../otel.cjs');
const { fromPeer } = require('../peer.cjs');
const { measure } = require('../workload.cjs');

const seen = registerOpenTelemetry();
const agentRun = trace.setSpan(context.active(), trace.getTracer('agent').startSpan('agent.run'));
const { MCPInstrumentation } = fromPeer('@arizeai/openinference-instrumentation-mcp');

measure({
  ...seen,
  prepare: ({ InMemoryTransport }) => {
    const clientStdioModule = { StdioClientTransport: InMemoryTransport };
    new MCPInstrumentation().manuallyInstrument({ clientStdioModule });
  },
  call: (client) => (params) => context.with(agentRun, () => client.callTool(params)),
});
