/** One ES module of 1.4 MB with a minified copy of the MCP SDK in it. */
import { writeSync } from 'node:fs';
import '@anthropic-ai/claude-agent-sdk';

const { user, system } = process.cpuUsage();
const ready = performance.now();
writeSync(1, `${JSON.stringify({ ready, cpu: (user + system) / 1000 })}\n`);
process.exit(0);
