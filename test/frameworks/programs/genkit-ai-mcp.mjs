import * as mcp from '@genkit-ai/mcp';
import * as genkit from 'genkit';
import { run } from './lib/genkit-ai-mcp.cjs';

await run(mcp, genkit);
