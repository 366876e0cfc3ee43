import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';

export const row: Row = {
  package: '@voltagent/core',
  role: 'client',
  copy: 'SDK v1, its dependency',
  traced: 'Everything: the handshake, `tools/list` and every call of a tool.',
  versions: [
    {
      packages: ['@voltagent/core@2.10.0', '@voltagent/logger@2.0.2', 'ai@6.0.322', 'zod@4.6.7'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'voltagent-core',
      // Its logger stamps every line.
      normalise: (text) => text.replaceAll(/\[\d{4}-\d\d-\d\dT[\d:.]+Z\]/g, '[time]'),
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
