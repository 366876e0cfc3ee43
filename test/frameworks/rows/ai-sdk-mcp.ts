import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';

const CALLS = [
  ok('tools/list'),
  ok('tools/call echo'),
  failed('tools/call fail', 'tool_error'),
  failed('tools/call broken', '-32603', '-32603'),
];

export const row: Row = {
  package: '@ai-sdk/mcp',
  role: 'client',
  copy: 'its own client',
  traced:
    'Everything: the question for the protocol’s era (2.x), the handshake, `tools/list` and every tool that the model asks for.',
  versions: [
    {
      packages: ['@ai-sdk/mcp@1.0.101', 'zod@4.6.7'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'ai-sdk-mcp',
      spans: [ok('initialize'), ok('notifications/initialized'), ...CALLS],
      toolCalls: { success: 1, error: 2 },
    },
    {
      // 2.x does not allow Node 20 and has no CommonJS file: a newer Node requires the ESM one.
      packages: ['@ai-sdk/mcp@2.0.99', 'zod@4.6.7'],
      nodes: [NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'ai-sdk-mcp',
      spans: [
        failed('server/discover', '-32601', '-32601'),
        ok('initialize'),
        ok('notifications/initialized'),
        ...CALLS,
      ],
      toolCalls: { success: 1, error: 2 },
    },
  ],
};
