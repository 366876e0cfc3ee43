/** The telemetry recorder: spans and metrics of calls and sessions. The only part of the pipeline that sees OpenTelemetry. */
import type { Identity, McpCall, ReportedDecision, Session, SessionRecord, TraceIds } from '../core/call';
import { internalErrorCounts } from '../core/diagnostics';
import { readEnvironment } from '../core/environment';
import { api, globals } from './api';
import type { AuditAnchor } from './audit-logs';
import { emitAnchor, emitAuditRecord } from './audit-logs';
import type { CallSpan } from './call-span';
import { startCallSpan } from './call-span';
import type { McpInstrumentationConfig, TelemetrySettings } from './config';
import { isDisabledByEnvironment, settingsOf } from './config';
import { ConnectionTable } from './connection-table';
import { activeContext } from './context';
import type { PolicyTelemetry } from './decisions';
import { OUTCOME_ATTRIBUTE, recordDecisionEvents } from './decisions';
import type { FindingSignal } from './findings';
import { recordFinding } from './findings';
import type { GuardReadings, Instruments } from './instruments';
import type { Observation } from './ledger';
import { CallMetrics } from './metrics';
import type { DeliveryState } from './own-sdk/delivery';
import type { MetricsPage } from './own-sdk/own-sdk';
import type { GivenProviders } from './providers';
import { Providers } from './providers';

export interface TelemetryHealth {
  /** Whose SDK takes what is recorded; `none` also where telemetry is switched off. */
  readonly provider: 'agent' | 'own' | 'none';
  /** That clients of this process hold now. */
  readonly connections: number;
  readonly deliveries: readonly DeliveryState[];
  readonly metricsPage: MetricsPage | undefined;
}

export class Telemetry {
  private settings: TelemetrySettings;
  private enabled: boolean;
  private policy: PolicyTelemetry | undefined;
  private readings: GuardReadings | undefined;
  private guardsShownOn: Instruments | undefined;
  private readonly connections = new ConnectionTable();
  private readonly metrics = new CallMetrics();
  private readonly providers: Providers;

  /** @param beforeExit - called before an SDK of our own flushes at the end of the process */
  constructor(
    private config: McpInstrumentationConfig,
    beforeExit: () => void,
  ) {
    this.settings = settingsOf(config);
    this.enabled = isEnabled(config);
    this.providers = new Providers({
      ownSdk: (readEnvironment('OTEL_MCP_SDK') ?? 'auto') as 'auto' | 'global' | 'off',
      observables: { activeConnections: () => this.connections.read(), internalErrors },
      beforeExit,
      wantsLogs: () => this.policy?.wantsLogs === true,
    });
  }

  /** The policy that is in force now, and where to read what state its guards are in. */
  usePolicy(policy: PolicyTelemetry | undefined, readings: GuardReadings | undefined): void {
    this.policy = policy;
    this.readings = readings;
    this.settings = settingsOf(this.config, policy);
    this.guardsShownOn = undefined;
  }

  configure(config: McpInstrumentationConfig): void {
    this.config = config;
    this.settings = settingsOf(config, this.policy);
    this.enabled = isEnabled(config);
  }

  useProviders(providers: GivenProviders): void {
    this.providers.give(providers);
  }

  /** Chooses the providers, and starts an SDK of our own where the agent has none. */
  prepare(): void {
    if (this.enabled) this.providers.current();
  }

  /** Whether a call that begins now would be told to anybody. */
  interested(): boolean {
    return this.enabled && this.providers.current() !== undefined;
  }

  /** The call's span; `undefined` when there is nobody to tell. */
  begin(call: McpCall): CallSpan | undefined {
    if (!this.enabled || this.settings.ignoreMethods.has(call.method)) return undefined;
    const sinks = this.providers.current();
    if (sinks === undefined) return undefined;
    if (this.readings !== undefined) this.showGuards(this.readings, sinks.instruments);
    return startCallSpan(call, sinks, this.settings, this.metrics);
  }

  /** Once per set of instruments: a provider that comes later starts with its own zeros. */
  private showGuards(readings: GuardReadings, instruments: Instruments | undefined): void {
    if (instruments === undefined || instruments === this.guardsShownOn) return;
    this.guardsShownOn = instruments;
    instruments.showGuards(readings);
    if (this.policy !== undefined) this.metrics.showGuards(instruments, this.policy.guards);
  }

  /** Decisions of an agent's own guards go on the span that is active. */
  report({ kind, decision, identity, toolName, serverId }: ReportedDecision): void {
    const sinks = this.enabled ? this.providers.current() : undefined;
    if (sinks === undefined) return;
    const context = activeContext();
    const span = api().trace.getSpan(context);
    const targets = { span, context, logger: sinks.logger };
    recordDecisionEvents([decision], this.policy, this.settings.decisionEvents, targets);
    span?.setAttribute(OUTCOME_ATTRIBUTE, decision.action);
    if (sinks.instruments === undefined) return;
    const about = { toolName, serverId, identity };
    this.metrics.recordDecisions(sinks.instruments, about, [decision], this.settings.userLabel, kind);
  }

  /** Logs the head of the audit log's chain, where somebody takes log records. */
  anchor(anchor: AuditAnchor): void {
    const sinks = this.enabled ? this.providers.current() : undefined;
    if (sinks !== undefined) emitAnchor(sinks.logger(), api().ROOT_CONTEXT, anchor);
  }

  /** A line of the audit log as a log record. */
  logAuditRecord(record: Readonly<Record<string, unknown>>): void {
    const sinks = this.enabled ? this.providers.current() : undefined;
    if (sinks !== undefined) emitAuditRecord(sinks.logger(), api().ROOT_CONTEXT, record);
  }

  /** What the monitor has found. */
  finding(finding: FindingSignal, trace: TraceIds | undefined): void {
    const sinks = this.enabled ? this.providers.current() : undefined;
    if (sinks !== undefined) recordFinding(finding, trace, sinks, this.settings.userLabel);
  }

  /** What a health check looks at. */
  health(): TelemetryHealth {
    let connections = 0;
    for (const { value } of this.connections.read()) connections += value;
    return {
      provider: this.enabled ? this.providers.kind() : 'none',
      connections,
      deliveries: this.providers.deliveries(),
      metricsPage: this.providers.metricsPage(),
    };
  }

  connected(session: Session, agentName: string | undefined): void {
    if (session.role !== 'client') return;
    this.connections.add(session, this.metrics.connectionLabels(session.serverId, agentName));
  }

  /** @param wasConnected - `false` for a connection that did not come to be */
  disconnected(record: SessionRecord, wasConnected: boolean): void {
    this.connections.remove(record.session);
    const instruments = this.enabled ? this.providers.current()?.instruments : undefined;
    if (instruments === undefined) return;
    if (wasConnected) this.metrics.recordSession(instruments, record);
    else if (record.session.role === 'client') {
      this.metrics.recordConnectionError(instruments, record.session, record.errorType ?? '_OTHER');
    }
  }

  /** Identity in the active W3C baggage: read only where the owner named baggage as a source. */
  baggageIdentity(): Identity {
    const baggage = globals().propagation && api().propagation.getBaggage(activeContext());
    const value = (key: string) => baggage?.getEntry(key)?.value;
    return {
      userId: value('user.id'),
      tenantId: value('tenant.id'),
      agentName: value('gen_ai.agent.name'),
      roles: value('user.roles')?.split(','),
    };
  }
}

function isEnabled(config: McpInstrumentationConfig): boolean {
  return config.enabled !== false && !isDisabledByEnvironment();
}

function* internalErrors(): Generator<Observation> {
  for (const [component, value] of internalErrorCounts()) yield { attributes: { component }, value };
}
