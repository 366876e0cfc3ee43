import { NEWEST_NODE, NODE_20, THREE_CALLS, type Row, type Version } from '../row';

const version = (release: string, node: string, args: readonly string[] = []): Version => ({
  packages: [`@strands-agents/sdk@${release}`, '@modelcontextprotocol/sdk@1.32.2'],
  args,
  nodes: [node],
  formats: ['esm'],
  program: 'strands-agents-sdk',
  ...THREE_CALLS,
});

export const row: Row = {
  package: '@strands-agents/sdk',
  role: 'client',
  copy: 'SDK v1, its peer',
  traced:
    'Everything. With an OpenTelemetry SDK of the agent’s these spans are below Strands’ `execute_tool`, and the trace context that Strands then writes into a tool’s arguments stays there beside ours in `_meta`.',
  versions: [
    version('1.16.0', NODE_20),
    version('1.19.0', NEWEST_NODE),
    version('1.19.0', NEWEST_NODE, ['tasks']),
  ],
};
