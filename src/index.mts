export {
  instrument,
  isMcpGuardDenied,
  loadPolicy,
  McpGuardDeniedError,
  McpGuardUnavailableError,
  McpInstrumentation,
  recordGuardDecision,
  withMcpContext,
} from './index.js';
export type {
  CallRecord,
  Decision,
  GuardDecisionReport,
  Identity,
  LoadedPolicy,
  McpCall,
  McpInstrumentationConfig,
  Outcome,
  Policy,
  PolicyProblem,
  Session,
  Target,
} from './index.js';
