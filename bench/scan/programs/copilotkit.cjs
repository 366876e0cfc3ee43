'use strict';
/** A CommonJS agent backend of some 2,500 files, an MCP SDK and the AI SDK's MCP client among them. */
require('@copilotkit/runtime');

const { user, system } = process.cpuUsage();
const ready = performance.now();
require('node:fs').writeSync(1, `${JSON.stringify({ ready, cpu: (user + system) / 1000 })}\n`);
process.exit(0);
