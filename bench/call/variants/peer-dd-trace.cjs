'use strict';
/** Its own tracer on both sides; the agent is a sink on loopback. Knows SDK 1.x alone, and Node 20 in this version. */
const { fromPeer } = require('../peer.cjs');

process.env.DD_TRACE_AGENT_URL = process.env.BENCH_SINK;
process.env.DD_INSTRUMENTATION_TELEMETRY_ENABLED = 'false';
process.env.DD_REMOTE_CONFIGURATION_ENABLED = 'false';
const { channel } = require('node:diagnostics_channel');
fromPeer('dd-trace').init({ startupLogs: false });

let ended = 0;
channel('dd-trace:span:finish').subscribe(() => (ended += 1));

require('../workload.cjs').measure({ spans: () => ended });
