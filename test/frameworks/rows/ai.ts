import { NEWEST_NODE, NODE_20, THREE_CALLS, type Row, type Version } from '../row';

const version = (packages: readonly string[]): Version => ({
  packages,
  nodes: [NODE_20, NEWEST_NODE],
  formats: ['cjs', 'esm'],
  program: 'ai',
  ...THREE_CALLS,
});

export const row: Row = {
  package: 'ai',
  role: 'client',
  copy: 'its own client (`experimental_createMCPClient`), in 4.x and early 5.x; later releases have none and use `@ai-sdk/mcp`',
  traced: 'Everything: the handshake, `tools/list` and every tool that the model asks for.',
  versions: [version(['ai@4.3.19', 'zod@3.25.76', 'react@19.2.0']), version(['ai@5.0.0', 'zod@4.6.7'])],
};
