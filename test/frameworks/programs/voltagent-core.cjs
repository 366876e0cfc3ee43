'use strict';
const { MCPConfiguration } = require('@voltagent/core');
const { run } = require('./lib/voltagent-core.cjs');

run(MCPConfiguration);
