import { NEWEST_NODE, NODE_20, type ExpectedSpan, type Row } from '../row';
import { servedRequests } from '../served';

/** Asked by the package itself, to tell the binary of the server's tools: nobody's span is around it. */
const own: ExpectedSpan[] = servedRequests('tool_error')
  .slice(0, 3)
  .map((span) => ({ ...span, parent: 'root' }));

export const row: Row = {
  package: '@anthropic-ai/claude-agent-sdk',
  role: 'server',
  outOfProcess: true,
  copy: 'SDK v1, bundled into its own file, for servers in the host',
  traced:
    'Every request to a server of `createSdkMcpServer`, which runs in the host: the copy in `sdk.mjs` is found by its shape. (Tested with a stand-in for the binary that speaks its control protocol.)',
  notTraced:
    'The calls of all other servers: the native binary that `query()` starts is their client, and no JavaScript of the host takes part.',
  instead:
    'Use the binary’s own telemetry (`CLAUDE_CODE_ENABLE_TELEMETRY=1`; it is handed the trace of the host’s active OpenTelemetry span), and preload the servers by `NODE_OPTIONS` in their `env`.',
  versions: [
    {
      packages: ['@anthropic-ai/claude-agent-sdk@0.3.329', 'zod@4.6.7'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['esm'],
      program: 'anthropic-ai-claude-agent-sdk',
      spans: [...own, ...servedRequests('tool_error')],
      toolCalls: {},
      transport: 'http',
      normalise: (text) => text.replace(/127\.0\.0\.1:\d+/, 'HOST'),
    },
  ],
};
