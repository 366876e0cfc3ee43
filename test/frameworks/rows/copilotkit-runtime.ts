import { NEWEST_NODE, NODE_20, THREE_CALLS, type Row } from '../row';

const common = {
  packages: [
    '@copilotkit/runtime@1.75.0',
    '@ai-sdk/mcp@1.0.101',
    '@modelcontextprotocol/sdk@1.32.2',
    'ai@6.0.326',
  ],
  nodes: [NODE_20, NEWEST_NODE],
  formats: ['cjs', 'esm'],
  program: 'copilotkit-runtime',
  // It reports its use to its makers otherwise.
  env: { COPILOTKIT_TELEMETRY_DISABLED: 'true', DO_NOT_TRACK: '1' },
  ...THREE_CALLS,
} as const;

export const row: Row = {
  package: '@copilotkit/runtime',
  role: 'client',
  copy: 'the client of `@ai-sdk/mcp` 1.x on transports of SDK v1, its dependencies',
  traced:
    'Everything: the connections that `mcpServers` of the built-in agent makes for each run, and clients that the program brings (`mcpClients`).',
  versions: [common, { ...common, args: ['own-client'] }],
};
