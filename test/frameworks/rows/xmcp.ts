import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

const cell = {
  packages: ['xmcp@1.1.3', '@xmcp-dev/compiler@1.1.3', 'zod@4.6.7'],
  nodes: [NODE_20, NEWEST_NODE],
  formats: ['cjs'],
  program: 'xmcp',
  spans: servedRequests('-32602'),
  toolCalls: {},
} as const;

export const row: Row = {
  package: 'xmcp',
  role: 'server',
  copy: 'SDK v2, in the one minified file that it builds',
  traced:
    'Every request to the built server, over stdio and streamable HTTP: the copy in its file is found by its shape.',
  versions: [
    {
      ...cell,
      args: ['http.js'],
      transport: 'http',
      stop: 'SIGTERM',
      // It counts upwards from its port, and says so where one is taken.
      normalise: (text) =>
        text.replaceAll(/.*is in use, trying.*\n/g, '').replace(/127\.0\.0\.1:\d+/, 'HOST'),
    },
    { ...cell, args: ['stdio.js'] },
  ],
};
