import type { Row } from '../row';

export const row: Row = {
  package: '@github/copilot-sdk',
  role: 'client',
  outOfProcess: true,
  versions: [],
  copy: 'none in JavaScript',
  cannotRun:
    'No JavaScript of 1.0.14 speaks MCP: the package hands `mcpServers` to the Copilot runtime, a native program of its own (or a library that it loads), which is their client.',
  traced: 'Nothing: the calls never pass the process’s JavaScript.',
  instead:
    'Use the runtime’s own OpenTelemetry export (`telemetry: { otlpEndpoint }`, and `onGetTraceContext` to join your trace), and preload the servers by `NODE_OPTIONS` in their `env`.',
};
