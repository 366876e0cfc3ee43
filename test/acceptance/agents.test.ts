/**
 * Ordinary agents under a policy, without a change of their code: a denied call is an error or a result and never leaves, a
 * denied server is not started and gets no request, what is allowed works. The other versions and module kinds are run
 * with the packed package by `npm run test:package`.
 */
import { describe, test } from 'node:test';

import { checkAgent, title, type AgentCell } from './support/agent-cells';

const CELLS: readonly AgentCell[] = [
  { sdk: '1.4.1', module: 'cjs', transport: 'stdio' },
  { sdk: '1.32.2', module: 'cjs', transport: 'stdio' },
  { sdk: '1.32.2', module: 'esm', transport: 'http' },
  { sdk: '2.4.0', module: 'esm', transport: 'stdio', era: 'auto' },
  { sdk: '2.4.0', module: 'cjs', transport: 'http', era: 'auto' },
  { sdk: '@ai-sdk/mcp@1.0.101', module: 'esm', transport: 'stdio' },
  { sdk: '@ai-sdk/mcp@1.0.101', module: 'esm', transport: 'http' },
  { sdk: 'ai@4.3.19', module: 'esm', transport: 'stdio' },
];

describe('agents under a policy', () => {
  for (const cell of CELLS) test(title(cell), () => checkAgent(cell));
});
