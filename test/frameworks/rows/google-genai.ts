import { NEWEST_NODE, NODE_20, THREE_CALLS, type Row, type Version } from '../row';

const version = (genai: string, node: string): Version => ({
  packages: [`@google/genai@${genai}`, '@modelcontextprotocol/sdk@1.32.2'],
  nodes: [node],
  formats: ['cjs', 'esm'],
  program: 'google-genai',
  ...THREE_CALLS,
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
