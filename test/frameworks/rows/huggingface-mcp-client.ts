import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';

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
