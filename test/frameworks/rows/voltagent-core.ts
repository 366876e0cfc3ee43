import { failed, NEWEST_NODE, NODE_20, ok, type ExpectedSpan, type Row } from '../row';

const PACKAGES = ['@voltagent/core@2.10.0', '@voltagent/logger@2.0.2', 'ai@6.0.322', 'zod@4.6.7'];
const OTEL = ['@opentelemetry/exporter-trace-otlp-http@0.203.0', '@opentelemetry/sdk-trace-base@2.12.1'];

/** Its logger stamps every line. */
const normalise = (text: string): string => text.replaceAll(/\[\d{4}-\d\d-\d\dT[\d:.]+Z\]/g, '[time]');

const HANDSHAKE = [ok('initialize'), ok('notifications/initialized'), ok('tools/list')];

const calls = (parent: (tool: string) => string): ExpectedSpan[] => [
  { ...ok('tools/call echo'), parent: parent('echo') },
  { ...failed('tools/call fail', 'tool_error'), parent: parent('fail') },
  { ...failed('tools/call broken', '-32603', '-32603'), parent: parent('broken') },
];

/** VoltAgent's span of the tool, which its own exporter brings. */
const inToolSpan = (tool: string): string => `tool.execution:recorder_${tool}`;

const AGENT = {
  packages: [...PACKAGES, ...OTEL],
  nodes: [NODE_20, NEWEST_NODE],
  formats: ['cjs', 'esm'],
  program: 'voltagent-agent',
  normalise,
} as const;

export const row: Row = {
  package: '@voltagent/core',
  role: 'client',
  copy: 'SDK v1, its dependency',
  traced:
    'Everything: the handshake, `tools/list` and every call of a tool. An `Agent` registers an OpenTelemetry SDK of VoltAgent’s, which by default drops every span but its own: spans of calls, children of its spans, then go to the private SDK. With its filter off (`spanFilters`) they go to VoltAgent’s.',
  notTraced:
    'VoltAgent’s own spans reach no other backend than VoltAgent’s unless it has an exporter. With its filter off, calls are not in the metrics: VoltAgent registers no meter provider.',
  instead:
    'Leave the filter on, and give the agent `createVoltAgentObservability({ spanProcessors: […] })` with an exporter to the same backend: traces are whole there.',
  versions: [
    {
      packages: PACKAGES,
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'voltagent-core',
      normalise,
      spans: [...HANDSHAKE, ...calls(() => 'root')],
      toolCalls: { success: 1, error: 2 },
    },
    {
      ...AGENT,
      spans: [...HANDSHAKE, ...calls(inToolSpan)],
      toolCalls: { success: 1, error: 2 },
    },
    {
      ...AGENT,
      args: ['--every-span'],
      spans: [...HANDSHAKE, ...calls(inToolSpan)],
      measured: HANDSHAKE,
      toolCalls: {},
    },
  ],
};
