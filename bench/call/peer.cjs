'use strict';
/** Loads a peer out of its own folder, which the runner names in `BENCH_PEER`. */
const { createRequire } = require('node:module');
const { join } = require('node:path');

if (process.env.BENCH_PEER === undefined) {
  throw new Error('BENCH_PEER must name the folder that "npm run bench:peers" installed the peer into');
}

module.exports = { fromPeer: createRequire(join(process.env.BENCH_PEER, 'package.json')) };
