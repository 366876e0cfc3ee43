'use strict';
/** A process that never uses MCP, prints the CPU time that it took so far, and ends. */
const { user, system } = process.cpuUsage();
require('node:fs').writeSync(1, `${JSON.stringify({ cpu: (user + system) / 1000 })}\n`);
