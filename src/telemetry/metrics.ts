/** Records a finished call, a finished session and a failed connection on the instruments. */
import type { Context } from '@opentelemetry/api';

import type { CallRecord, McpCall, Session, SessionRecord } from '../core/call';
import { NETWORK, protocolVersionOf, shownUserId } from './attributes';
import type { TelemetrySettings } from './config';
import type { Instruments } from './instruments';
import type { CappedLabel } from './labels';
import { LabelValues, OTHER_ATTRIBUTE, OTHER_LABEL, UNKNOWN } from './labels';
import type { LedgerAttributes, LedgerSeries } from './ledger';
import { ATTR, EXECUTE_TOOL, KNOWN_METHODS } from './semconv';

/** Joins the parts of a label set's key; cannot occur in what the parts are made of. */
const SEPARATOR = '\u0000';

/** The series that a tool's successful calls go to: found once per session, tool and user, not once per call. */
interface SuccessSeries {
  readonly instruments: Instruments;
  readonly protocolVersion: string | undefined;
  readonly agentName: string | undefined;
  readonly operation: LedgerSeries;
  readonly calls: LedgerSeries;
  readonly duration: LedgerSeries;
}

/** Remembered per session; a session with more tools and users than this looks its series up on every call. */
const MAX_REMEMBERED = 500;

export class CallMetrics {
  private instruments: Instruments | undefined;
  private readonly labels = new LabelValues((label) => this.overflowed(label));
  private readonly successes = new WeakMap<Session, Map<string, SuccessSeries>>();

  /** The convention's histogram, one sample per span; and the guide's metrics, once per tool call of a client. */
  recordCall(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
    context: Context,
  ): void {
    this.instruments = instruments;
    const { call, outcome } = record;
    if (!countsAsToolCall(call)) {
      this.operationSeries(instruments, record).record(record.seconds, context);
      return;
    }
    if (outcome.status === 'success') this.recordSuccess(instruments, record, userLabel, context);
    else this.recordFailure(instruments, record, userLabel, context);
  }

  recordSession(instruments: Instruments, { session, seconds, errorType }: SessionRecord): void {
    this.instruments = instruments;
    const { protocolVersion, address, port } = session;
    const key = [protocolVersion, session.transport, address, port, errorType].join(SEPARATOR);
    const isClient = session.role === 'client';
    const instrument = isClient ? instruments.clientSessionDuration : instruments.serverSessionDuration;
    const attributes = () =>
      present({
        [ATTR.PROTOCOL_VERSION]: protocolVersion,
        [ATTR.NETWORK_PROTOCOL]: NETWORK[session.transport].protocol,
        [ATTR.SERVER_ADDRESS]: isClient ? address : undefined,
        [ATTR.SERVER_PORT]: isClient ? port : undefined,
        [ATTR.ERROR_TYPE]: errorType,
      });
    instrument.record(seconds, instrument.series(key, attributes));
  }

  recordConnectionError(instruments: Instruments, { serverId }: Session, errorType: string): void {
    this.instruments = instruments;
    const server_id = this.labels.bound('server_id', serverId);
    const error_type = this.labels.bound('error_type', errorType);
    const { connectionErrors } = instruments;
    const key = server_id + SEPARATOR + error_type;
    connectionErrors.record(
      1,
      connectionErrors.series(key, () => ({ server_id, error_type })),
    );
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

  private recordSuccess(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
    context: Context,
  ): void {
    const { operation, calls, duration } = this.successSeries(instruments, record, userLabel);
    instruments.clientOperationDuration.record(record.seconds, operation, context);
    instruments.toolCalls.record(1, calls, context);
    instruments.toolCallDuration.record(record.seconds, duration, context);
  }

  private successSeries(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
  ): SuccessSeries {
    const { session, target, identity } = record.call;
    let remembered = this.successes.get(session);
    if (remembered === undefined) this.successes.set(session, (remembered = new Map()));
    const { userId, agentName } = identity;
    const tool = target?.name ?? '';
    const key = userId === undefined ? tool : userId + SEPARATOR + tool;
    const protocolVersion = protocolVersionOf(record.call);
    const known = remembered.get(key);
    if (
      known?.instruments === instruments &&
      known.protocolVersion === protocolVersion &&
      known.agentName === agentName
    )
      return known;
    const operation = this.operationSeries(instruments, record).series;
    const { calls, duration } = this.toolSeries(instruments, record, userLabel);
    const found = { instruments, protocolVersion, agentName, operation, calls, duration };
    if (remembered.size < MAX_REMEMBERED) remembered.set(key, found);
    return found;
  }

  private recordFailure(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
    context: Context,
  ): void {
    const { seconds, outcome } = record;
    this.operationSeries(instruments, record).record(seconds, context);
    const { calls, duration, labels } = this.toolSeries(instruments, record, userLabel);
    instruments.toolCalls.record(1, calls, context);
    if (outcome.status === 'denied') return;
    instruments.toolCallDuration.record(seconds, duration, context);
    const { tool_name, server_id, agent_name, user_id } = labels;
    const error_type = this.labels.bound('error_type', outcome.errorType);
    const { toolCallErrors } = instruments;
    const key = [tool_name, server_id, agent_name, user_id, error_type].join(SEPARATOR);
    const errors = toolCallErrors.series(key, () => ({
      tool_name,
      server_id,
      agent_name,
      user_id,
      error_type,
    }));
    toolCallErrors.record(1, errors, context);
  }

  /** Series of the guide's counter and histogram for one tool, user and status. */
  private toolSeries(
    { toolCalls, toolCallDuration }: Instruments,
    { call: { identity, session, target }, outcome: { status } }: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
  ) {
    const tool_name = this.labels.bound('tool_name', target?.name);
    const server_id = this.labels.bound('server_id', session.serverId);
    const agent_name = this.labels.bound('agent_name', identity.agentName);
    const userId = identity.userId === undefined ? undefined : shownUserId(identity.userId, userLabel);
    const user_id = userId === undefined ? UNKNOWN : this.labels.bound('user_id', userId);
    const key = [tool_name, server_id, agent_name, status].join(SEPARATOR);
    return {
      labels: { tool_name, server_id, agent_name, user_id },
      calls: toolCalls.series(key + SEPARATOR + user_id, () => ({
        tool_name,
        server_id,
        agent_name,
        user_id,
        status,
      })),
      duration: toolCallDuration.series(key, () => ({ tool_name, server_id, agent_name, status })),
    };
  }

  /** The convention's histogram of the call's direction, and its series for this call. */
  private operationSeries(instruments: Instruments, { call, outcome }: CallRecord) {
    const isOutgoing = call.direction === 'outgoing';
    const instrument = isOutgoing ? instruments.clientOperationDuration : instruments.serverOperationDuration;
    const { session, target } = call;
    const method = isOutgoing || KNOWN_METHODS.has(call.method) ? call.method : OTHER_ATTRIBUTE;
    const tool = target?.type === 'tool' ? this.attribute('tool_name', target.name) : undefined;
    const prompt = target?.type === 'prompt' ? this.attribute('tool_name', target.name) : undefined;
    const { errorType, rpcCode } = outcome;
    const error = errorType === undefined ? undefined : this.attribute('error_type', errorType);
    const version = protocolVersionOf(call);
    const server = isOutgoing ? session.serverId : '';
    const key = [method, tool, prompt, error, rpcCode, version, session.transport, server].join(SEPARATOR);
    const series = instrument.series(key, () =>
      present({
        [ATTR.METHOD_NAME]: method,
        [ATTR.ERROR_TYPE]: error,
        [ATTR.TOOL_NAME]: tool,
        [ATTR.PROMPT_NAME]: prompt,
        [ATTR.OPERATION_NAME]: method === 'tools/call' ? EXECUTE_TOOL : undefined,
        [ATTR.RPC_STATUS_CODE]: rpcCode === undefined ? undefined : String(rpcCode),
        [ATTR.PROTOCOL_VERSION]: version,
        [ATTR.NETWORK_TRANSPORT]: NETWORK[session.transport].transport,
        [ATTR.NETWORK_PROTOCOL]: NETWORK[session.transport].protocol,
        [ATTR.SERVER_ADDRESS]: isOutgoing ? session.address : undefined,
        [ATTR.SERVER_PORT]: isOutgoing ? session.port : undefined,
      }),
    );
    return {
      series,
      record: (seconds: number, context: Context) => instrument.record(seconds, series, context),
    };
  }

  /** A bounded value in the convention's spelling of "one of the others". */
  private attribute(label: CappedLabel, value: string): string {
    const bounded = this.labels.bound(label, value);
    return bounded === OTHER_LABEL ? OTHER_ATTRIBUTE : bounded;
  }

  private overflowed(label: CappedLabel): void {
    const overflow = this.instruments?.labelsOverflow;
    overflow?.record(
      1,
      overflow.series(label, () => ({ label })),
    );
  }
}

/** What the guide's metrics count: a client's tool calls, each once, whatever it took to make them. */
function countsAsToolCall({ method, kind, direction, session, parent }: McpCall): boolean {
  return (
    method === 'tools/call' &&
    kind === 'request' &&
    direction === 'outgoing' &&
    session.role === 'client' &&
    parent === undefined
  );
}

/** Without the attributes that are absent: an absent attribute is an absent label. */
function present(attributes: Record<string, string | number | undefined>): LedgerAttributes {
  const kept: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return kept;
}
