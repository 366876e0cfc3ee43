/**
 * Preload: `node --import opentelemetry-instrumentation-mcp/register agent.mjs`. The same as `--require`; both together
 * install once.
 */
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./register.js');
