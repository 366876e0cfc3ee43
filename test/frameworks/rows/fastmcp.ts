import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

const cell = {
  packages: ['fastmcp@4.20.16', 'zod@4.6.7'],
  nodes: [NODE_20, NEWEST_NODE],
  spans: servedRequests('-32601'),
  toolCalls: {},
} as const;

export const row: Row = {
  package: 'fastmcp',
  role: 'server',
  copy: 'SDK v1, its dependency',
  traced: 'Every request to the server, over stdio and streamable HTTP.',
  versions: [
    {
      ...cell,
      formats: ['esm'],
      program: 'fastmcp-http',
      transport: 'http',
      stop: 'SIGTERM',
      normalise: (text) => text.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'),
    },
    { ...cell, formats: ['cjs', 'esm'], program: 'fastmcp' },
  ],
};
