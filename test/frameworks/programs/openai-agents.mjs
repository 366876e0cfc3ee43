import { MCPServerStdio } from '@openai/agents';
import { run } from './lib/openai-agents.cjs';

await run(MCPServerStdio);
