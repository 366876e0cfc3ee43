import { failed, NEWEST_NODE, NODE_20, ok, type ExpectedSpan, type Row } from '../row';

/** Every use of the toolset is a connection, and a server process, of its own. */
const connected = (span: ExpectedSpan): ExpectedSpan[] => [
  ok('initialize'),
  ok('notifications/initialized'),
  span,
];

/** Before each turn of the model the tools are listed twice. */
const turn = (): ExpectedSpan[] => [...connected(ok('tools/list')), ...connected(ok('tools/list'))];

export const row: Row = {
  package: '@google/adk',
  role: 'client',
  copy: 'SDK v1, its peer',
  traced:
    'Everything: each call has a client and a server process of its own, so there is a handshake per call and per listing. With an OpenTelemetry SDK of the agent’s these spans are below ADK’s `execute_tool`.',
  versions: [
    {
      packages: ['@google/adk@2.0.0', '@modelcontextprotocol/sdk@1.32.2'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'google-adk',
      spans: [
        ...turn(),
        ...connected(ok('tools/call echo')),
        ...turn(),
        ...connected(failed('tools/call fail', 'tool_error')),
        ...turn(),
        ...connected(failed('tools/call broken', '-32603', '-32603')),
        ...turn(),
      ],
      toolCalls: { success: 1, error: 2 },
    },
  ],
};
