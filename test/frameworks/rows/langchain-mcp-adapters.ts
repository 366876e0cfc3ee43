import { NEWEST_NODE, NODE_20, THREE_CALLS, type Row } from '../row';

export const row: Row = {
  package: '@langchain/mcp-adapters',
  role: 'client',
  copy: 'SDK v1, its dependency',
  traced: 'Everything: the handshake, `tools/list` and every tool that a LangChain agent invokes.',
  versions: [
    {
      packages: ['@langchain/mcp-adapters@1.1.4', '@langchain/core@1.4.0', '@langchain/langgraph@1.7.3'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'langchain-mcp-adapters',
      ...THREE_CALLS,
    },
  ],
};
