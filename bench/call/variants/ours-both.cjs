'use strict';
/** This package on both sides, as the preload puts it there: node --require ./build/src/register.js <this file>. */
const { registerOpenTelemetry } = require('../otel.cjs');
const { measure } = require('../workload.cjs');

measure(registerOpenTelemetry());
