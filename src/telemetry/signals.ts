/**
 * The signal table: every instrument, with the attributes it may carry. Instruments are made from it, and
 * `docs/telemetry.md` is generated from it.
 *
 * Names and labels of the monitoring guide's metrics are the same on every export path, so they break two naming
 * habits on purpose: label keys with underscores, and a unit in a name (a Prometheus name must not depend on whether a
 * scrape or a Collector made it).
 */
import { DURATION_BOUNDARIES } from './semconv';

export interface Signal {
  readonly name: string;
  /** All but histograms are observable instruments that show numbers of our own. */
  readonly type: 'counter' | 'histogram' | 'updowncounter' | 'gauge';
  readonly unit: string;
  readonly description: string;
  /** Attribute keys that the instrument may carry. */
  readonly attributes: readonly string[];
  readonly boundaries?: readonly number[];
  /** When it is recorded, for the reference page. */
  readonly when: string;
}

const OPERATION_ATTRIBUTES = [
  'mcp.method.name',
  'error.type',
  'gen_ai.tool.name',
  'gen_ai.prompt.name',
  'gen_ai.operation.name',
  'rpc.response.status_code',
  'mcp.protocol.version',
  'network.transport',
  'network.protocol.name',
] as const;

const SESSION_ATTRIBUTES = ['mcp.protocol.version', 'network.protocol.name', 'error.type'] as const;

const SERVER = ['server.address', 'server.port'] as const;

export const SIGNALS = {
  clientOperationDuration: {
    name: 'mcp.client.operation.duration',
    type: 'histogram',
    unit: 's',
    description:
      'The duration of the MCP request or notification as observed on the sender from the time it was sent until the response or ack is received.',
    attributes: [...OPERATION_ATTRIBUTES, ...SERVER],
    boundaries: DURATION_BOUNDARIES,
    when: 'once per outgoing request or notification, retry legs included',
  },
  serverOperationDuration: {
    name: 'mcp.server.operation.duration',
    type: 'histogram',
    unit: 's',
    description:
      'MCP request or notification duration as observed on the receiver from the time it was received until the result or ack is sent.',
    attributes: OPERATION_ATTRIBUTES,
    boundaries: DURATION_BOUNDARIES,
    when: 'once per incoming request or notification',
  },
  clientSessionDuration: {
    name: 'mcp.client.session.duration',
    type: 'histogram',
    unit: 's',
    description: 'The duration of the MCP session as observed on the MCP client.',
    attributes: [...SESSION_ATTRIBUTES, ...SERVER],
    boundaries: DURATION_BOUNDARIES,
    when: 'once per connection of a client, from connect to close',
  },
  serverSessionDuration: {
    name: 'mcp.server.session.duration',
    type: 'histogram',
    unit: 's',
    description: 'The duration of the MCP session as observed on the MCP server.',
    attributes: SESSION_ATTRIBUTES,
    boundaries: DURATION_BOUNDARIES,
    when: 'once per connection of a server, from connect to close',
  },
  toolCalls: {
    name: 'mcp.tool.calls',
    type: 'counter',
    unit: '{call}',
    description: 'Tool calls of MCP clients, denied ones included.',
    attributes: ['tool_name', 'server_id', 'agent_name', 'user_id', 'status'],
    when: 'once per `tools/call` of a client; `status` is `success`, `error` or `denied`',
  },
  toolCallDuration: {
    name: 'mcp.tool.call.duration.seconds',
    type: 'histogram',
    unit: 's',
    description: 'Duration of tool calls of MCP clients, denied ones excluded.',
    attributes: ['tool_name', 'server_id', 'agent_name', 'status'],
    boundaries: DURATION_BOUNDARIES,
    when: 'once per `tools/call` of a client that was not denied',
  },
  toolCallErrors: {
    name: 'mcp.tool.call.errors',
    type: 'counter',
    unit: '{error}',
    description: 'Tool calls of MCP clients that failed.',
    attributes: ['tool_name', 'server_id', 'agent_name', 'user_id', 'error_type'],
    when: 'once per `tools/call` of a client whose status is `error`; `error_type` is the span’s `error.type`',
  },
  activeConnections: {
    name: 'mcp.active_connections',
    type: 'updowncounter',
    unit: '{connection}',
    description: 'Connections that MCP clients of this process hold now.',
    attributes: ['server_id', 'agent_name'],
    when: 'read at collection from the table of connections',
  },
  connectionErrors: {
    name: 'mcpguard.connection.errors',
    type: 'counter',
    unit: '{error}',
    description: 'Connections of MCP clients that could not be made.',
    attributes: ['server_id', 'error_type'],
    when: 'once per `connect()` that failed',
  },
  labelsOverflow: {
    name: 'mcpguard.labels.overflow',
    type: 'counter',
    unit: '{value}',
    description: 'Label values replaced by `__other__` because too many distinct ones were seen.',
    attributes: ['label'],
    when: 'once per replaced value; `label="set"` counts records folded because an instrument had 1,500 label sets',
  },
  internalErrors: {
    name: 'mcpguard.internal.errors',
    type: 'counter',
    unit: '{error}',
    description: 'Failures of this instrumentation that were bypassed so that the agent did not see them.',
    attributes: ['component'],
    when: 'read at collection',
  },
  exportDropped: {
    name: 'mcpguard.export.dropped',
    type: 'counter',
    unit: '{item}',
    description: 'Spans, metric points and log records that the SDK of this package could not deliver.',
    attributes: ['signal'],
    when: 'read at collection: for each of `traces`, `metrics` and `logs` that this SDK sends, zero included. Absent where the agent has an SDK of its own or `OTEL_CONFIG_FILE` is set. Sums of metrics come again with the next export and are not lost before the end of the process; what is lost there is in a line on stderr',
  },
} as const satisfies Record<string, Signal>;
