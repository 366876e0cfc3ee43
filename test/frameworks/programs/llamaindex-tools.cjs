'use strict';
const { mcp } = require('@llamaindex/tools');
const { run } = require('./lib/llamaindex-tools.cjs');

run(mcp);
