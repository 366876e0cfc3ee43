import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

export const row: Row = {
  package: 'mcp-framework',
  role: 'server',
  copy: 'SDK v1, beside it',
  traced: 'Every request to the server.',
  versions: [
    {
      packages: ['mcp-framework@0.2.22', 'zod@3.25.76'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['esm'],
      program: 'mcp-framework',
      spans: servedRequests('-32603'),
      toolCalls: {},
    },
  ],
};
