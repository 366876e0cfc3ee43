'use strict';
/** Proxies around client and server: CLIENT and SERVER spans in one trace, a histogram on either side. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { fromPeer } = require('../peer.cjs');
const { measure } = require('../workload.cjs');

const seen = registerOpenTelemetry();
const { instrumentMcpClient } = fromPeer('autotel-mcp-instrumentation/client');
const { instrumentMcpServer } = fromPeer('autotel-mcp-instrumentation/server');

measure({
  ...seen,
  wrapClient: (client) => instrumentMcpClient(client, {}),
  wrapServer: (server) => instrumentMcpServer(server, {}),
});
