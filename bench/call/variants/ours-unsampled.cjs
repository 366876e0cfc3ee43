'use strict';
/** This package on the client alone, and the sampler says no: inject and the metric records remain. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { instrument } = require('../../../build/src/index.js');
const { measure } = require('../workload.cjs');

measure({ ...registerOpenTelemetry({ sampled: false }), prepare: ({ Client }) => instrument({ Client }) });
