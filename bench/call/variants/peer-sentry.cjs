'use strict';
/** Its own pipeline, on the server side alone; arguments and results recorded (its default). Sends to the sink. */
const { fromPeer } = require('../peer.cjs');

const Sentry = fromPeer('@sentry/node');
const dsn = `${process.env.BENCH_SINK.replace('http://', 'http://key@')}/1`;
const client = Sentry.init({ dsn, tracesSampleRate: 1 });

let ended = 0;
client.on('spanEnd', () => (ended += 1));

require('../workload.cjs').measure({ spans: () => ended });
