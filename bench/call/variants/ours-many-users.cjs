'use strict';
/** This package on the client alone; 100,000 users take turns, so that every cap on label values is reached. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { instrument, withMcpContext } = require('../../../build/src/index.js');
const { measure } = require('../workload.cjs');

const USERS = 100_000;

measure({
  ...registerOpenTelemetry(),
  prepare: ({ Client }) => instrument({ Client }),
  call: (client) => (params, index) =>
    withMcpContext({ userId: `user-${index % USERS}` }, () => client.callTool(params)),
});
