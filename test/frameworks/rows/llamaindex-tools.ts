import { NEWEST_NODE, NODE_20, THREE_CALLS, type Row } from '../row';

export const row: Row = {
  package: '@llamaindex/tools',
  role: 'client',
  copy: 'SDK v1, its dependency',
  traced: 'Everything: the handshake, `tools/list` and every call of a tool.',
  versions: [
    {
      packages: ['@llamaindex/tools@0.2.1', '@llamaindex/core@0.6.23', '@llamaindex/env@0.1.31'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'llamaindex-tools',
      ...THREE_CALLS,
    },
  ],
};
