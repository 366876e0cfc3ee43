import { failed, NEWEST_NODE, NODE_20, ok, type ExpectedSpan, type Row } from '../row';

/** A process of its own, that begins with a look at the tools. */
const asked = (...more: ExpectedSpan[]): ExpectedSpan[] => [
  ok('initialize'),
  ok('notifications/initialized'),
  ok('tools/list'),
  ...more,
];

const cell = {
  formats: ['esm'],
  program: 'modelcontextprotocol-inspector',
  inherited: true,
  spans: [...asked(), ...asked(ok('tools/call echo')), ...asked(failed('tools/call fail', 'tool_error'))],
  toolCalls: { success: 1, error: 1 },
} as const;

export const row: Row = {
  package: '@modelcontextprotocol/inspector',
  role: 'client',
  copy: 'SDK v1, its dependency; from 2.x on SDK v2',
  traced:
    'Everything that its command line does. Put the preload into `NODE_OPTIONS`: releases before 1.0 do their work in a child process.',
  versions: [
    // The last release for Node 20.
    {
      ...cell,
      packages: ['@modelcontextprotocol/inspector@0.15.0'],
      nodes: [NODE_20],
      args: ['cli/build/cli.js'],
    },
    {
      ...cell,
      packages: ['@modelcontextprotocol/inspector@2.12.0'],
      nodes: [NEWEST_NODE],
      args: ['clients/launcher/build/index.js'],
    },
  ],
};
