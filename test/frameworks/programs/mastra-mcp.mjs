import * as mastra from '@mastra/mcp';
import { run } from './lib/mastra-mcp.cjs';

await run(mastra);
