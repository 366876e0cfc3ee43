/**
 * A tool with a `--require` of its own, as mocha has: loads that module, then the program.
 * By hand: node test/cli/programs/requiring-tool.cjs --require opentelemetry-instrumentation-mcp/register test/cli/programs/memory-agent.cjs
 */
'use strict';
const [, module_, program] = process.argv.slice(2);

require(module_);
require(program);
