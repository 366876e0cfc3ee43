import { failed, NEWEST_NODE, NODE_20, ok, type Row } from '../row';
import { withServer } from '../served';

export const row: Row = {
  package: 'mcp-remote',
  role: 'client',
  copy: 'SDK v2, bundled, of which it uses the transports alone',
  traced:
    'The calls that pass through it: one trace from the agent’s span to the remote server’s. The handshake with which it tries the remote server first is its own and has spans.',
  notTraced: 'The pump itself: it passes raw messages on, and they have spans at both their ends.',
  versions: [
    {
      packages: ['mcp-remote@0.15.1', '@modelcontextprotocol/sdk@1.32.2', 'zod@4.6.7'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['esm'],
      program: 'mcp-remote',
      inherited: true,
      spans: withServer([
        // Tries whether the server is there.
        ok('initialize'),
        ok('notifications/initialized'),
        // The agent.
        ok('initialize'),
        ok('notifications/initialized'),
        ok('tools/list'),
        ok('tools/call echo'),
        failed('tools/call fail', 'tool_error'),
        failed('tools/call broken', '-32603', '-32603'),
      ]),
      anyOrder: true,
      toolCalls: { success: 1, error: 2 },
    },
  ],
};
