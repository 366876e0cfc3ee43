import type { Row } from '../row';

export const row: Row = {
  package: '@github/copilot-sdk',
  role: 'client',
  outOfProcess: true,
  copy: 'none in JavaScript',
  traced: 'Nothing.',
  notTraced:
    'All of it: the client of the MCP servers is the Copilot runtime, a native program (or library).',
  instead:
    'Give `CopilotClient` its `telemetry` option (`{ otlpEndpoint }`), which exports the runtime’s spans, and preload servers that run on Node.',
  versions: [],
};
