'use strict';
/** A process that never uses MCP and ends at once. */
process.exitCode = 0;
