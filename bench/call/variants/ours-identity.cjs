'use strict';
/** This package on the client alone; every call is made for one of fifty users. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { instrument, withMcpContext } = require('../../../build/src/index.js');
const { measure } = require('../workload.cjs');

const USERS = Array.from({ length: 50 }, (_, index) => ({ userId: `user-${index}`, tenantId: 'tenant-1' }));

measure({
  ...registerOpenTelemetry(),
  prepare: ({ Client }) => instrument({ Client }),
  call: (client) => (params, index) =>
    withMcpContext(USERS[index % USERS.length], () => client.callTool(params)),
});
