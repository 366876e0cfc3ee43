export { buildReport } from './report/library';
export { convertAuditRecord, pruneAudit, readAuditRecords, verifyAudit } from './audit/library';
export { createHealthHandler, createMetricsHandler } from './http/library';
export { McpInstrumentation, instrument } from './pipeline/instrumentation';
export { withMcpContext } from './pipeline/identity';
export { loadPolicy } from './pipeline/load-policy';
export { monitorSnapshot } from './pipeline/monitor-snapshot';
export { recordGuardDecision } from './pipeline/record-guard-decision';
export { isMcpGuardDenied, McpGuardDeniedError, McpGuardUnavailableError } from './guards/errors';
export type { CallRecord, Decision, Identity, McpCall, Outcome, Session, Target } from './core/call';
export type { MonitorSnapshot } from './monitor/snapshot';
export type { GuardDecisionReport } from './pipeline/record-guard-decision';
export type { MetricsExporter, RequestHandler } from './http/handlers';
export type { HealthCheck, HealthReport, HealthStatus } from './http/health';
export type {
  ServerUsage,
  ToolUsage,
  UsageFigures,
  UsageQuantiles,
  UsageRows,
  UsageSnapshot,
  UserToolUsage,
  UserUsage,
} from './monitor/usage/snapshot';
export type { LoadedPolicy } from './policy/load';
export type { PolicyProblem } from './policy/problem';
export type { Policy } from './policy/schema';
export type { McpInstrumentationConfig } from './telemetry/config';
export type { AuditFormat } from './audit/convert';
export type { PruneOptions, PruneResult } from './audit/prune';
export type { AuditRecord } from './audit/schema';
export type { VerifyOptions, VerifyResult } from './audit/verify';
export type { ReportOptions } from './report/build';
export type { Report } from './report/model';
