'use strict';
const { join } = require('node:path');
const { built } = require('./lib/xmcp.cjs');

const project = built();
process.chdir(project);
// Otherwise 3001, where another may be about to listen.
process.env.PORT ??= String(20_000 + (process.pid % 10_000));
require(join(project, 'dist', process.argv[2]));
