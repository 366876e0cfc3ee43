/** The one event type of the monitor, and its vocabulary, which rules are written in. */
import type { MonitoredLine } from './line';

/** From the least to the worst. */
export const LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

/** What an event is about. `anomaly` and `security_alert` are findings: what the monitor itself raises. */
export const CATEGORIES = ['tool_execution', 'security', 'performance', 'anomaly', 'security_alert'] as const;
export type Category = (typeof CATEGORIES)[number];

/** What happened, by category. */
export const TYPES = {
  tool_execution: ['execution_complete'],
  security: ['authentication', 'authorization', 'data_access'],
  performance: ['request_performance'],
  anomaly: ['execution_anomaly'],
  security_alert: ['rule_trigger'],
} as const satisfies Record<Category, readonly string[]>;
export type EventType = (typeof TYPES)[Category][number];

/** How a security event came out: of an authentication success or failure, of an authorization denied. */
export type Result = 'success' | 'failure' | 'denied';

export interface MonitoringEvent {
  /** Milliseconds since 1970, of the line. */
  readonly timestamp: number;
  readonly level: Level;
  readonly category: Category;
  readonly type: EventType;
  readonly result: Result | undefined;
  /** Tags of the policy’s `classification` that fit the target. */
  readonly tags: readonly string[];
  /** What it was made of. */
  readonly line: MonitoredLine;
}

type Value = string | number | boolean | readonly string[] | undefined;

interface Field {
  readonly meaning: string;
  readonly of: (event: MonitoringEvent) => Value;
}

const unknownAsAbsent = (value: string | null | undefined): string | undefined => value ?? undefined;

/** The session of the agent’s own; without one, the process and its user stand for it. */
function agentSession({ line }: MonitoringEvent): string | undefined {
  if (line.session !== undefined && line.session_scope !== 'connection') return line.session;
  return line.writer === undefined ? undefined : `${line.writer} ${line.user_id ?? ''}`;
}

/** Fields that a rule may ask for, and group by. Names are those of the audit log where it has the field. */
export const FIELDS = {
  category: { meaning: `one of ${CATEGORIES.join(', ')}`, of: ({ category }) => category },
  type: { meaning: Object.values(TYPES).flat().join(', '), of: ({ type }) => type },
  level: { meaning: `one of ${LEVELS.join(', ')}`, of: ({ level }) => level },
  result: { meaning: '`success`, `failure` or `denied`, of a security event', of: ({ result }) => result },
  tags: { meaning: 'tags of the policy’s `classification`', of: ({ tags }) => tags },
  event: { meaning: 'event of the audit line', of: ({ line }) => line.event },
  method: { meaning: 'JSON-RPC method, or how was authenticated', of: ({ line }) => line.method },
  target: { meaning: 'tool, prompt or URI of the resource', of: ({ line }) => line.target },
  tool_name: {
    meaning: 'the tool; the method for other methods',
    of: ({ line }) => unknownAsAbsent(line.tool_name),
  },
  server_id: { meaning: 'the server', of: ({ line }) => unknownAsAbsent(line.server_id) },
  user_id: { meaning: 'the user', of: ({ line }) => unknownAsAbsent(line.user_id) },
  agent_name: { meaning: 'the agent', of: ({ line }) => unknownAsAbsent(line.agent_name) },
  tenant_id: { meaning: 'the tenant', of: ({ line }) => line.tenant_id },
  roles: { meaning: 'roles of the user', of: ({ line }) => line.roles },
  session: { meaning: 'session of the caller; where it gave none, process and user', of: agentSession },
  success: { meaning: 'whether the call succeeded', of: ({ line }) => line.success },
  outcome: { meaning: '`success`, `error` or `denied`', of: ({ line }) => line.outcome },
  error_type: { meaning: '`error.type`', of: ({ line }) => line.error_type },
  action: { meaning: 'what the guards did', of: ({ line }) => line.action },
  verdict: { meaning: 'what the deciding rule says', of: ({ line }) => line.verdict },
  guard: { meaning: 'guard whose decision `action` is', of: ({ line }) => line.guard },
  rule: { meaning: 'its rule or limit', of: ({ line }) => line.rule },
  reason: { meaning: 'its reason code', of: ({ line }) => line.reason },
  latency_ms: { meaning: 'milliseconds that the call took', of: ({ line }) => line.latency_ms },
  req_bytes: { meaning: 'bytes of the arguments', of: ({ line }) => line.req_bytes },
  res_bytes: { meaning: 'bytes of the result', of: ({ line }) => line.res_bytes },
  params_hash: {
    meaning: 'keyed hash of the arguments',
    of: ({ line }) => unknownAsAbsent(line.params_hash),
  },
  tool_digest: { meaning: 'digest of the tool’s definition', of: ({ line }) => line.tool_digest },
  writer: { meaning: 'process that wrote the line', of: ({ line }) => line.writer },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;

/** The value of a field; `undefined` where the event has none. */
export function fieldOf(event: MonitoringEvent, name: FieldName): Value {
  return FIELDS[name].of(event);
}
