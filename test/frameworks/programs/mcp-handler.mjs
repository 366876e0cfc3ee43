import { createMcpHandler } from 'mcp-handler';
import { z } from 'zod';
import { run } from './lib/mcp-handler.cjs';

run(createMcpHandler, z);
