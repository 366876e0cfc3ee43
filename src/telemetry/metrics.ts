/** Records a finished call, a finished session and a failed connection on the instruments. */
import type { Context } from '@opentelemetry/api';

import type { CallRecord, Session, SessionRecord } from '../core/call';
import { NETWORK, protocolVersionOf, shownUserId } from './attributes';
import type { TelemetrySettings } from './config';
import type { Instruments } from './instruments';
import type { CappedLabel } from './labels';
import { LabelValues, OTHER_ATTRIBUTE, OTHER_LABEL, UNKNOWN } from './labels';
import type { LedgerAttributes } from './ledger';
import { ATTR, EXECUTE_TOOL, KNOWN_METHODS } from './semconv';

/** Joins the parts of a label set's key; cannot occur in what the parts are made of. */
const SEPARATOR = '\u0000';

export class CallMetrics {
  private instruments: Instruments | undefined;
  private readonly labels = new LabelValues((label) => this.overflowed(label));

  /** The convention's histogram, one sample per span; and the guide's metrics, once per tool call of a client. */
  recordCall(
    instruments: Instruments,
    record: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
    context: Context,
  ): void {
    this.instruments = instruments;
    const { call } = record;
    this.recordOperation(instruments, record, context);
    const isToolCall =
      call.method === 'tools/call' && call.kind === 'request' && call.direction === 'outgoing';
    if (isToolCall && call.session.role === 'client' && call.parent === undefined) {
      this.recordToolCall(instruments, record, userLabel, context);
    }
  }

  recordSession(instruments: Instruments, { session, seconds, errorType }: SessionRecord): void {
    this.instruments = instruments;
    const { protocolVersion, address, port } = session;
    const key = [protocolVersion, session.transport, address, port, errorType].join(SEPARATOR);
    const isClient = session.role === 'client';
    const instrument = isClient ? instruments.clientSessionDuration : instruments.serverSessionDuration;
    instrument.record(seconds, key, () =>
      present({
        [ATTR.PROTOCOL_VERSION]: protocolVersion,
        [ATTR.NETWORK_PROTOCOL]: NETWORK[session.transport].protocol,
        [ATTR.SERVER_ADDRESS]: isClient ? address : undefined,
        [ATTR.SERVER_PORT]: isClient ? port : undefined,
        [ATTR.ERROR_TYPE]: errorType,
      }),
    );
  }

  recordConnectionError(instruments: Instruments, { serverId }: Session, errorType: string): void {
    this.instruments = instruments;
    const server_id = this.labels.bound('server_id', serverId);
    const error_type = this.labels.bound('error_type', errorType);
    instruments.connectionErrors.record(1, server_id + SEPARATOR + error_type, () => ({
      server_id,
      error_type,
    }));
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

  private recordOperation(
    instruments: Instruments,
    { call, outcome, seconds }: CallRecord,
    context: Context,
  ): void {
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
    const key =
      method +
      SEPARATOR +
      tool +
      SEPARATOR +
      prompt +
      SEPARATOR +
      error +
      SEPARATOR +
      rpcCode +
      SEPARATOR +
      version +
      SEPARATOR +
      session.transport +
      SEPARATOR +
      server;
    const attributes = () =>
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
      });
    instrument.record(seconds, key, attributes, context);
  }

  private recordToolCall(
    instruments: Instruments,
    { call, outcome, seconds }: CallRecord,
    userLabel: TelemetrySettings['userLabel'],
    context: Context,
  ): void {
    const { identity, session, target } = call;
    const { status } = outcome;
    const tool_name = this.labels.bound('tool_name', target?.name);
    const server_id = this.labels.bound('server_id', session.serverId);
    const agent_name = this.labels.bound('agent_name', identity.agentName);
    const userId = identity.userId === undefined ? undefined : shownUserId(identity.userId, userLabel);
    const user_id = userId === undefined ? UNKNOWN : this.labels.bound('user_id', userId);
    const tool = tool_name + SEPARATOR + server_id + SEPARATOR + agent_name + SEPARATOR;
    instruments.toolCalls.record(
      1,
      tool + user_id + SEPARATOR + status,
      () => ({ tool_name, server_id, agent_name, user_id, status }),
      context,
    );
    if (status === 'denied') return;
    instruments.toolCallDuration.record(
      seconds,
      tool + status,
      () => ({ tool_name, server_id, agent_name, status }),
      context,
    );
    if (status !== 'error') return;
    const error_type = this.labels.bound('error_type', outcome.errorType);
    instruments.toolCallErrors.record(
      1,
      tool + user_id + SEPARATOR + error_type,
      () => ({ tool_name, server_id, agent_name, user_id, error_type }),
      context,
    );
  }

  /** A bounded value in the convention's spelling of "one of the others". */
  private attribute(label: CappedLabel, value: string): string {
    const bounded = this.labels.bound(label, value);
    return bounded === OTHER_LABEL ? OTHER_ATTRIBUTE : bounded;
  }

  private overflowed(label: CappedLabel): void {
    this.instruments?.labelsOverflow.record(1, label, () => ({ label }));
  }
}

/** Without the attributes that are absent: an absent attribute is an absent label. */
function present(attributes: Record<string, string | number | undefined>): LedgerAttributes {
  const kept: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return kept;
}
