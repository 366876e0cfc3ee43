import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';
import { withServer } from '../served';

const spans = [
  ok('initialize'),
  ok('notifications/initialized'),
  // When the session begins, and when the program asks.
  ok('tools/list'),
  ok('tools/list'),
  ok('tools/call echo'),
  failed('tools/call fail', 'tool_error'),
  failed('tools/call broken', '-32603', '-32603'),
];

const release1 = {
  packages: ['mcp-use@1.34.6'],
  nodes: [NODE_20, NEWEST_NODE],
  formats: ['cjs', 'esm'],
  program: 'mcp-use',
  // Its usage statistics would go to the network.
  env: { MCP_USE_ANONYMIZED_TELEMETRY: 'false' },
  toolCalls: { success: 1, error: 2 },
} as const;

export const row: Row = {
  package: 'mcp-use',
  role: 'client',
  copy: 'SDK v1, its dependency',
  traced:
    'Everything. A server whose entry has an `env` gets the whole environment with it: with the preload in `NODE_OPTIONS` it is traced too, in the same trace.',
  versions: [
    { ...release1, inherited: true, args: ['stdio-server.mjs'], spans: withServer(spans), anyOrder: true },
    { ...release1, spans },
  ],
};
