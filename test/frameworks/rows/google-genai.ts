import { failed, NEWEST_NODE, NODE_20, ok, type Row, type Version } from '../row';

const version = (genai: string, node: string): Version => ({
  packages: [`@google/genai@${genai}`, '@modelcontextprotocol/sdk@1.32.2'],
  nodes: [node],
  formats: ['cjs', 'esm'],
  program: 'google-genai',
  spans: [
    ok('initialize'),
    ok('notifications/initialized'),
    ok('tools/list'),
    ok('tools/call echo'),
    failed('tools/call fail', 'tool_error'),
    failed('tools/call broken', '-32603', '-32603'),
  ],
  toolCalls: { success: 1, error: 2 },
});

export const row: Row = {
  package: '@google/genai',
  role: 'client',
  copy: 'SDK v1, the `Client` that the agent hands over',
  traced:
    'Everything that `mcpToTool` does: `tools/list` for the declarations and every call that the model asks for.',
  // 3.x does not allow Node 20: npm installs the last 2.x there.
  versions: [version('2.32.0', NODE_20), version('3.1.0', NEWEST_NODE)],
};
