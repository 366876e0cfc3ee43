import { NEWEST_NODE, type Row } from '../row';
import { servedRequests } from '../served';

export const row: Row = {
  package: 'mcp-use',
  role: 'server',
  copy: 'SDK v2, bundled into its own file',
  traced: 'Every request to the server: the copy in its file is found by its shape.',
  versions: [
    {
      packages: ['mcp-use@2.5.2', 'zod@4.6.7'],
      // Releases 2.x are for Node 22 and later, and the client of 2.x is not on the registry.
      nodes: [NEWEST_NODE],
      formats: ['esm'],
      program: 'mcp-use-server',
      spans: servedRequests('-32602'),
      toolCalls: {},
      transport: 'http',
      stop: 'SIGTERM',
      normalise: (text) => text.replaceAll(/localhost:\d+|\b\d+ms/g, 'N'),
    },
  ],
};
