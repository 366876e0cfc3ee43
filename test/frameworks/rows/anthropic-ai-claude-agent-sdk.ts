import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

export const row: Row = {
  package: '@anthropic-ai/claude-agent-sdk',
  role: 'server',
  outOfProcess: true,
  copy: 'SDK v1, minified inside its one file',
  traced:
    'Tools of the agent itself (`createSdkMcpServer`): they run in its process, and the copy in the file is found by its shape.',
  notTraced:
    'MCP servers named in `mcpServers`: the native program that `query()` starts is their client, and they are its children.',
  instead:
    'Switch the vendor’s own telemetry on (`CLAUDE_CODE_ENABLE_TELEMETRY=1` and the `OTEL_*` variables), and preload servers that run on Node by the `env` of their entry in `mcpServers` (`NODE_OPTIONS`).',
  versions: [
    {
      packages: ['@anthropic-ai/claude-agent-sdk@0.3.329', 'zod@4.6.7'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['esm'],
      program: 'anthropic-ai-claude-agent-sdk',
      spans: servedRequests('tool_error'),
      toolCalls: {},
    },
  ],
};
