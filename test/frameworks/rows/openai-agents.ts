import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';

export const row: Row = {
  package: '@openai/agents',
  role: 'client',
  copy: 'SDK v2 `client`, its dependency',
  traced:
    'Everything: the question for the protocol’s era, which a server process of its own answers, the handshake, `tools/list` and every call. Metadata that the agent adds to a call stays beside the trace context.',
  notTraced: 'Hosted MCP tools (`hostedMcpTool`): the model provider calls them, not this process.',
  instead: 'Trace the MCP server.',
  versions: [
    {
      packages: ['@openai/agents@0.20.0', 'zod@4.6.7'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'openai-agents',
      spans: [
        failed('server/discover', '-32601', '-32601'),
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
