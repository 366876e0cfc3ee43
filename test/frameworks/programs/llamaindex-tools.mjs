import { mcp } from '@llamaindex/tools';
import { run } from './lib/llamaindex-tools.cjs';

await run(mcp);
