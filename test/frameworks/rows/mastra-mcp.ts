import { failed, NEWEST_NODE, NODE_20, ok, type ExpectedSpan, type Row } from '../row';

const HANDSHAKE = [ok('initialize'), ok('notifications/initialized')];
/** Version 2 asks for the protocol’s era first, and has a server process for that question alone. */
const PROBE = failed('server/discover', '-32601', '-32601');
const WORK = [
  ok('tools/list'),
  ok('tools/call echo'),
  failed('tools/call fail', 'tool_error'),
  failed('tools/call broken', '-32603', '-32603'),
];

/** Below the span that the program names in the trace context that it brings. */
const brought = (span: ExpectedSpan): ExpectedSpan => ({ ...span, parent: 'a span that never arrived' });

const common = {
  formats: ['cjs', 'esm'],
  program: 'mastra-mcp',
  toolCalls: { success: 1, error: 2 },
} as const;
const newest = {
  ...common,
  packages: ['@mastra/mcp@2.0.0', '@mastra/core@1.71.0', 'zod@4.4.3'],
  nodes: [NEWEST_NODE],
} as const;

export const row: Row = {
  package: '@mastra/mcp',
  role: 'client',
  copy: 'SDK v2 (2.x), v2 and v1 (1.x), v1 (0.14), its dependencies',
  traced:
    'Everything. A trace context that the option `traceContext` brings is carried on: our span is its child where no span is active, and the server sees our span in that trace.',
  versions: [
    {
      ...common,
      packages: ['@mastra/mcp@0.14.5', '@mastra/core@0.24.9', 'zod@3.25.76'],
      nodes: [NODE_20],
      spans: [...HANDSHAKE, ...WORK],
    },
    {
      ...common,
      packages: ['@mastra/mcp@1.18.0', '@mastra/core@1.71.0', 'zod@4.4.3'],
      nodes: [NEWEST_NODE],
      spans: [...HANDSHAKE, ...WORK],
    },
    { ...newest, spans: [PROBE, ...HANDSHAKE, ...WORK] },
    { ...newest, args: ['traced'], spans: [PROBE, ...HANDSHAKE, ...WORK.map(brought)] },
  ],
};
