/** Records a finished call, a finished session and a failed connection on the instruments. */
import type { Context } from '@opentelemetry/api';

import type { CallRecord, Decision, McpCall, ReportedDecision, Session, SessionRecord } from '../core/call';
import { countsAsToolCall } from '../core/tool-call';
import { NETWORK, protocolVersionOf, shownUserId } from './attributes';
import type { TelemetrySettings } from './config';
import type { DecidedAbout } from './decision-metrics';
import { countDecisions, showZeros } from './decision-metrics';
import type { Instrument, Instruments } from './instruments';
import { seriesOf } from './instruments';
import type { CappedLabel } from './labels';
import { LabelValues, OTHER_ATTRIBUTE, OTHER_LABEL, UNKNOWN } from './labels';
import type { LedgerAttributes, LedgerSeries } from './ledger';
import { ATTR, EXECUTE_TOOL, KNOWN_METHODS } from './semconv';

/** Joins the parts of a label set's key. */
const SEPARATOR = '\u0000';

/** The series that one call goes to. */
interface CallSeries {
  readonly operation: LedgerSeries;
  /** The guide's counter and histogram; absent where the call is none of a client's tool calls. */
  readonly toolCalls?: LedgerSeries;
  readonly toolDuration?: LedgerSeries;
  readonly toolErrors?: LedgerSeries;
}

/** Series of successful calls, found once and not on every call; what they were found for must still hold. */
interface RememberedSeries extends CallSeries {
  readonly instruments: Instruments;
  readonly protocolVersion: string | undefined;
  readonly agentName: string | undefined;
}

/** Remembered per session; past it the series of a call are looked up. */
const MAX_REMEMBERED = 500;

export class CallMetrics {
  private instruments: Instruments | undefined;
  private readonly labels = new LabelValues((label) => this.overflowed(label));
  private readonly remembered = new WeakMap<Session, Map<string, RememberedSeries>>();

  /** The convention's histogram, one sample per span; and the guide's metrics, once per tool call of a client. */
  recordCall(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
    context: Context,
  ): void {
    this.instruments = instruments;
    const { call, outcome, seconds } = record;
    const isPlainSuccess = outcome.status === 'success' && outcome.rpcCode === undefined;
    const series = isPlainSuccess
      ? this.successSeries(instruments, record, userLabel)
      : this.callSeries(instruments, record, userLabel);
    operationInstrument(instruments, call).record(seconds, series.operation, context);
    if (series.toolCalls !== undefined) instruments.toolCalls.record(1, series.toolCalls, context);
    if (series.toolDuration !== undefined) {
      instruments.toolCallDuration.record(seconds, series.toolDuration, context);
    }
    if (series.toolErrors !== undefined) instruments.toolCallErrors.record(1, series.toolErrors, context);
  }

  /** @param kind - of a decision of the agent's own: which counter a denial goes to */
  recordDecisions(
    instruments: Instruments,
    about: DecidedAbout,
    decisions: readonly Decision[],
    userLabel: TelemetrySettings['userLabel'],
    kind?: ReportedDecision['kind'],
  ): void {
    this.instruments = instruments;
    countDecisions(instruments.guards(), this.labels, about, decisions, userLabel, kind);
  }

  /** Zero series of guards that are configured, before anything is denied. */
  showGuards(instruments: Instruments, guards: readonly string[]): void {
    showZeros(instruments.guards(), guards);
  }

  recordSession(instruments: Instruments, { session, seconds, errorType }: SessionRecord): void {
    this.instruments = instruments;
    const isClient = session.role === 'client';
    const instrument = isClient ? instruments.clientSessionDuration : instruments.serverSessionDuration;
    const attributes = present({
      [ATTR.PROTOCOL_VERSION]: session.protocolVersion,
      [ATTR.NETWORK_PROTOCOL]: NETWORK[session.transport].protocol,
      [ATTR.SERVER_ADDRESS]: isClient ? session.address : undefined,
      [ATTR.SERVER_PORT]: isClient ? session.port : undefined,
      [ATTR.ERROR_TYPE]: errorType,
    });
    instrument.record(seconds, seriesOf(instrument, attributes));
  }

  recordConnectionError(instruments: Instruments, { serverId }: Session, errorType: string): void {
    this.instruments = instruments;
    const server_id = this.labels.bound('server_id', serverId);
    const error_type = this.labels.bound('error_type', errorType);
    const { connectionErrors } = instruments;
    connectionErrors.record(1, seriesOf(connectionErrors, { server_id, error_type }));
  }

  /** Labels of the `mcp.active_connections` series that a session counts in. */
  connectionLabels(
    serverId: string,
    agentName: string | undefined,
  ): { server_id: string; agent_name: string } {
    return {
      server_id: this.labels.bound('server_id', serverId),
      agent_name: this.labels.bound('agent_name', agentName),
    };
  }

  private successSeries(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
  ): CallSeries {
    const { call } = record;
    const { agentName, userId } = call.identity;
    let ofSession = this.remembered.get(call.session);
    if (ofSession === undefined) this.remembered.set(call.session, (ofSession = new Map()));
    const key = rememberedKey(call, userId);
    const protocolVersion = protocolVersionOf(call);
    const known = ofSession.get(key);
    const holds =
      known?.instruments === instruments &&
      known.protocolVersion === protocolVersion &&
      known.agentName === agentName;
    if (holds) return known;
    const found = this.callSeries(instruments, record, userLabel);
    if (ofSession.size < MAX_REMEMBERED || known !== undefined) {
      ofSession.set(key, { ...found, instruments, protocolVersion, agentName });
    }
    return found;
  }

  private callSeries(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
  ): CallSeries {
    const operation = seriesOf(
      operationInstrument(instruments, record.call),
      this.operationAttributes(record),
    );
    if (!countsAsToolCall(record.call)) return { operation };
    const { status, errorType } = record.outcome;
    const { tool_name, server_id, agent_name, user_id } = this.toolLabels(record.call, userLabel);
    const calls = { tool_name, server_id, agent_name, user_id, status };
    const toolCalls = seriesOf(instruments.toolCalls, calls);
    if (status === 'denied') return { operation, toolCalls };
    const duration = { tool_name, server_id, agent_name, status };
    const toolDuration = seriesOf(instruments.toolCallDuration, duration);
    if (status === 'success') return { operation, toolCalls, toolDuration };
    const error_type = this.labels.bound('error_type', errorType);
    const errors = { tool_name, server_id, agent_name, user_id, error_type };
    return { operation, toolCalls, toolDuration, toolErrors: seriesOf(instruments.toolCallErrors, errors) };
  }

  private toolLabels({ identity, session, target }: McpCall, userLabel: TelemetrySettings['userLabel']) {
    const userId = identity.userId === undefined ? undefined : shownUserId(identity.userId, userLabel);
    return {
      tool_name: this.labels.bound('tool_name', target?.name),
      server_id: this.labels.bound('server_id', session.serverId),
      agent_name: this.labels.bound('agent_name', identity.agentName),
      user_id: userId === undefined ? UNKNOWN : this.labels.bound('user_id', userId),
    };
  }

  private operationAttributes({ call, outcome: { errorType, rpcCode } }: CallRecord): LedgerAttributes {
    const { session, target } = call;
    const isOutgoing = call.direction === 'outgoing';
    const method = isOutgoing || KNOWN_METHODS.has(call.method) ? call.method : OTHER_ATTRIBUTE;
    return present({
      [ATTR.METHOD_NAME]: method,
      [ATTR.ERROR_TYPE]: errorType && this.attribute('error_type', errorType),
      [ATTR.TOOL_NAME]: target?.type === 'tool' ? this.attribute('tool_name', target.name) : undefined,
      [ATTR.PROMPT_NAME]: target?.type === 'prompt' ? this.attribute('tool_name', target.name) : undefined,
      [ATTR.OPERATION_NAME]: method === 'tools/call' ? EXECUTE_TOOL : undefined,
      // The peer chooses its codes: they share the bound of error types.
      [ATTR.RPC_STATUS_CODE]:
        rpcCode === undefined ? undefined : this.attribute('error_type', String(rpcCode)),
      [ATTR.PROTOCOL_VERSION]: protocolVersionOf(call),
      [ATTR.NETWORK_TRANSPORT]: NETWORK[session.transport].transport,
      [ATTR.NETWORK_PROTOCOL]: NETWORK[session.transport].protocol,
      [ATTR.SERVER_ADDRESS]: isOutgoing ? session.address : undefined,
      [ATTR.SERVER_PORT]: isOutgoing ? session.port : undefined,
    });
  }

  /** A bounded value in the convention's spelling of "one of the others". */
  private attribute(label: CappedLabel, value: string): string {
    const bounded = this.labels.bound(label, value);
    return bounded === OTHER_LABEL ? OTHER_ATTRIBUTE : bounded;
  }

  private overflowed(label: CappedLabel): void {
    const overflow = this.instruments?.labelsOverflow;
    overflow?.record(1, seriesOf(overflow, { label }));
  }
}

function operationInstrument(instruments: Instruments, { direction }: McpCall): Instrument {
  return direction === 'outgoing' ? instruments.clientOperationDuration : instruments.serverOperationDuration;
}

function rememberedKey({ direction, method, target, parent }: McpCall, userId: string | undefined): string {
  const leg = parent === undefined ? '' : 'leg';
  const name = target === undefined || target.type === 'resource' ? '' : target.name;
  return direction + leg + method + SEPARATOR + name + SEPARATOR + (userId ?? '');
}

/** Without the attributes that are absent: an absent attribute is an absent label. */
function present(attributes: Record<string, string | number | undefined>): LedgerAttributes {
  const kept: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return kept;
}
