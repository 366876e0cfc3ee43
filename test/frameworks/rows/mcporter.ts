import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';
import { withServer } from '../served';

const spans = [
  ok('initialize'),
  ok('notifications/initialized'),
  ok('tools/list'),
  ok('tools/call echo'),
  failed('tools/call fail', 'tool_error'),
  failed('tools/call broken', '-32603', '-32603'),
];

const cell = { formats: ['esm'], program: 'mcporter', toolCalls: { success: 1, error: 2 } } as const;

export const row: Row = {
  package: 'mcporter',
  role: 'client',
  copy: 'SDK v1, its dependency',
  traced:
    'Everything, although it replaces methods of the transport. The servers that it starts get its environment: with the preload in `NODE_OPTIONS` they are traced too, in the same trace.',
  versions: [
    {
      ...cell,
      packages: ['mcporter@0.12.3'],
      nodes: [NEWEST_NODE],
      inherited: true,
      args: ['stdio-server.mjs'],
      spans: withServer(spans),
      anyOrder: true,
    },
    // The last release for Node 20.
    { ...cell, packages: ['mcporter@0.9.0'], nodes: [NODE_20], spans },
    { ...cell, packages: ['mcporter@0.12.3'], nodes: [NEWEST_NODE], spans },
  ],
};
