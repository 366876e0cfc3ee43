/** The packed package as its users install it, policy and all: ordinary agents of every SDK under a policy. */
import { describe, test } from 'node:test';

import { checkAgent, title, type AgentCell } from '../acceptance/support/agent-cells';

const MODULES = ['cjs', 'esm'] as const;
const TRANSPORTS = ['stdio', 'http'] as const;

const CELLS: readonly AgentCell[] = MODULES.flatMap((module): AgentCell[] => [
  { sdk: '1.4.1', module, transport: 'stdio' },
  ...TRANSPORTS.flatMap((transport): AgentCell[] => [
    { sdk: '1.32.2', module, transport },
    { sdk: '2.4.0', module, transport, era: 'legacy' },
    { sdk: '2.4.0', module, transport, era: 'auto' },
  ]),
]);

describe('agents under a policy, with the packed package', () => {
  for (const cell of CELLS) test(title(cell), () => checkAgent(cell, true));
});
