'use strict';
const { join } = require('node:path');
const { built } = require('./lib/xmcp.cjs');

const project = built();
process.chdir(project);
require(join(project, 'dist', process.argv[2]));
