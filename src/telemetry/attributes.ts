/** Attributes of a call, for its span and for the convention's histograms. */
import type { Attributes } from '@opentelemetry/api';

import type { McpCall, Outcome, Session, Target, TransportKind } from '../core/call';
import { warnOnce } from '../core/diagnostics';
import { keyedHash } from '../core/hash-key';
import type { TelemetrySettings } from './config';
import { ATTR, EXECUTE_TOOL } from './semconv';

/** `network.transport` and `network.protocol.name`; nothing is known of in-memory and custom transports. */
export const NETWORK: Readonly<Record<TransportKind, { transport?: string; protocol?: string }>> = {
  stdio: { transport: 'pipe' },
  streamable_http: { transport: 'tcp', protocol: 'http' },
  sse: { transport: 'tcp', protocol: 'http' },
  websocket: { transport: 'tcp', protocol: 'websocket' },
  inmemory: {},
  custom: {},
};

/** The protocol version a call is made under. */
export function protocolVersionOf({ protocolVersion, session }: McpCall): string | undefined {
  return protocolVersion ?? session.protocolVersion;
}

export function spanName({ method, target }: McpCall): string {
  return target === undefined || target.type === 'resource' ? method : `${method} ${target.name}`;
}

/** Everything known when the call begins, so that a sampler sees it. */
export function startAttributes(call: McpCall, userLabel: TelemetrySettings['userLabel']): Attributes {
  const { session, identity, target } = call;
  const attributes: Attributes = { [ATTR.METHOD_NAME]: call.method };
  if (call.method === 'tools/call') attributes[ATTR.OPERATION_NAME] = EXECUTE_TOOL;
  if (target !== undefined) addTarget(attributes, target);
  addSession(attributes, session, protocolVersionOf(call));
  if (call.direction === 'outgoing' && session.address !== undefined) {
    attributes[ATTR.SERVER_ADDRESS] = session.address;
    if (session.port !== undefined) attributes[ATTR.SERVER_PORT] = session.port;
  }
  if (identity.agentName !== undefined) attributes[ATTR.AGENT_NAME] = identity.agentName;
  if (identity.userId !== undefined) {
    const userId = shownUserId(identity.userId, userLabel);
    if (userId !== undefined) attributes[ATTR.USER_ID] = userId;
  }
  return attributes;
}

const TARGET_ATTRIBUTE = {
  tool: ATTR.TOOL_NAME,
  prompt: ATTR.PROMPT_NAME,
  resource: ATTR.RESOURCE_URI,
} as const satisfies Record<Target['type'], string>;

function addTarget(attributes: Attributes, { type, name }: Target): void {
  attributes[TARGET_ATTRIBUTE[type]] = name;
}

function addSession(attributes: Attributes, session: Session, protocolVersion: string | undefined): void {
  const { transport, protocol } = NETWORK[session.transport];
  if (transport !== undefined) attributes[ATTR.NETWORK_TRANSPORT] = transport;
  if (protocol !== undefined) attributes[ATTR.NETWORK_PROTOCOL] = protocol;
  if (protocolVersion !== undefined) attributes[ATTR.PROTOCOL_VERSION] = protocolVersion;
  const { sessionId, serverName } = session;
  if (sessionId !== undefined) attributes[ATTR.SESSION_ID] = sessionId;
  if (serverName !== undefined) attributes[ATTR.SERVER_NAME] = serverName;
}

/** What is known only at the end: request id, outcome, and what the handshake brought. */
export function endAttributes(call: McpCall, outcome: Outcome): Attributes {
  const attributes: Attributes = {};
  if (call.requestId !== undefined) attributes[ATTR.REQUEST_ID] = String(call.requestId);
  if (outcome.errorType !== undefined) attributes[ATTR.ERROR_TYPE] = outcome.errorType;
  if (outcome.rpcCode !== undefined) attributes[ATTR.RPC_STATUS_CODE] = String(outcome.rpcCode);
  if (call.method === 'initialize' || call.method === 'server/discover') {
    addSession(attributes, call.session, protocolVersionOf(call));
  }
  return attributes;
}

/** The user id as the switch `OTEL_MCP_USER_LABEL` lets it be seen. */
export function shownUserId(userId: string, userLabel: TelemetrySettings['userLabel']): string | undefined {
  if (userLabel === 'plain') return userId;
  if (userLabel === 'off') return undefined;
  const hash = keyedHash(userId, 16);
  if (hash !== undefined) return hash;
  warnOnce(
    'user-label',
    'OTEL_MCP_USER_LABEL=hashed needs MCP_AUDIT_KEY_FILE; user ids are left out (as with off)',
  );
  return undefined;
}
