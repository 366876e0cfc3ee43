import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

export const row: Row = {
  package: 'fastmcp',
  role: 'server',
  copy: 'SDK v1, its dependency',
  traced: 'Every request to the server, over stdio and streamable HTTP.',
  versions: [
    {
      packages: ['fastmcp@4.20.16', 'zod@4.6.7'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'fastmcp',
      spans: servedRequests('-32601'),
      toolCalls: {},
    },
  ],
};
