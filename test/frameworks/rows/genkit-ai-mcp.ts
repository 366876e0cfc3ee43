import { failed, NEWEST_NODE, NODE_20, ok, type ExpectedSpan, type Row } from '../row';

/** Genkit has a tracer provider of its own, whose spans go to its developer tool or nowhere. */
const inAction = (span: ExpectedSpan): ExpectedSpan => ({ ...span, parent: 'a span that never arrived' });

export const row: Row = {
  package: '@genkit-ai/mcp',
  role: 'client',
  copy: 'SDK v1, its peer: a CommonJS client on an ES module’s transport',
  traced:
    'Everything, below the spans of Genkit’s actions. Genkit starts an OpenTelemetry SDK for its developer tool alone; unless that tool is there (`genkit start`) or the agent has configured another exporter, our spans and metrics go to the private SDK.',
  notTraced:
    'Genkit’s own action spans are not exported with ours, because only Genkit’s provider has them: the trace has its ids, and no root.',
  instead:
    'Register an OpenTelemetry SDK before Genkit’s first action, or call its `enableTelemetry` with an exporter: then all spans go there.',
  versions: [
    {
      packages: ['@genkit-ai/mcp@1.42.0', 'genkit@1.42.0', '@modelcontextprotocol/sdk@1.32.2'],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'genkit-ai-mcp',
      spans: [
        ok('initialize'),
        ok('notifications/initialized'),
        ok('tools/list'),
        inAction(ok('tools/call echo')),
        inAction(failed('tools/call fail', 'tool_error')),
        inAction(failed('tools/call broken', '-32603', '-32603')),
      ],
      toolCalls: { success: 1, error: 2 },
    },
  ],
};
