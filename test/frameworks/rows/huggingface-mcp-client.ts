import { NEWEST_NODE, NODE_20, THREE_CALLS, type Row } from '../row';

export const row: Row = {
  package: '@huggingface/mcp-client',
  role: 'client',
  copy: 'SDK v1, its dependency',
  traced:
    'Everything: the handshake, `tools/list` and every call, also with an `AbortSignal` among its parameters.',
  versions: [
    {
      packages: ['@huggingface/mcp-client@0.2.3'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'huggingface-mcp-client',
      ...THREE_CALLS,
    },
  ],
};
