import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';

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
      spans: [
        ok('initialize'),
        ok('notifications/initialized'),
        ok('tools/list'),
        ok('tools/call echo'),
        failed('tools/call fail', 'tool_error'),
        failed('tools/call broken', '-32603', '-32603'),
      ],
      toolCalls: { success: 1, error: 2 },
    },
  ],
};
