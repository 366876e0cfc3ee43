export { McpInstrumentation, instrument } from './pipeline/instrumentation';
export { withMcpContext } from './pipeline/identity';
export type { CallRecord, Identity, McpCall, Outcome, Session, Target } from './core/call';
export type { McpInstrumentationConfig } from './telemetry/config';
