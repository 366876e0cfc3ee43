'use strict';
/** This package on the client alone, beside the agent's own OpenTelemetry SDK. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { instrument } = require('../../../build/src/index.js');
const { measure } = require('../workload.cjs');

measure({ ...registerOpenTelemetry(), prepare: ({ Client }) => instrument({ Client }) });
