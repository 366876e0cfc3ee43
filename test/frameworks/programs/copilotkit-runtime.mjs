import * as mcp from '@ai-sdk/mcp';
import * as copilotkit from '@copilotkit/runtime/v2';
import * as stdio from '@modelcontextprotocol/sdk/client/stdio.js';
import * as ai from 'ai/test';
import { run } from './lib/copilotkit-runtime.cjs';

await run(copilotkit, ai, mcp, stdio);
