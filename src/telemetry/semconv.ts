/**
 * Names of the semantic conventions, copied: npm has no package for them yet, and the ones that
 * `@opentelemetry/semantic-conventions` still exports are deprecated there. A rename is an edit of this table.
 *
 * Source: open-telemetry/semantic-conventions-genai, `docs/gen-ai/mcp.md` (Development), with PRs #136, #179, #220, #404.
 */
export const ATTR = {
  METHOD_NAME: 'mcp.method.name',
  SESSION_ID: 'mcp.session.id',
  PROTOCOL_VERSION: 'mcp.protocol.version',
  RESOURCE_URI: 'mcp.resource.uri',
  /** Not in the convention; other instrumentations emit it, and it is self-reported. */
  SERVER_NAME: 'mcp.server.name',
  OPERATION_NAME: 'gen_ai.operation.name',
  TOOL_NAME: 'gen_ai.tool.name',
  TOOL_ARGUMENTS: 'gen_ai.tool.call.arguments',
  TOOL_RESULT: 'gen_ai.tool.call.result',
  PROMPT_NAME: 'gen_ai.prompt.name',
  PROMPT_VARIABLE: 'gen_ai.prompt.variable.',
  AGENT_NAME: 'gen_ai.agent.name',
  USER_ID: 'user.id',
  REQUEST_ID: 'jsonrpc.request.id',
  ERROR_TYPE: 'error.type',
  /** Renamed to `rpc.status_code` in core 1.45; the MCP text still uses this one. */
  RPC_STATUS_CODE: 'rpc.response.status_code',
  NETWORK_TRANSPORT: 'network.transport',
  NETWORK_PROTOCOL: 'network.protocol.name',
  SERVER_ADDRESS: 'server.address',
  SERVER_PORT: 'server.port',
  EXCEPTION_TYPE: 'exception.type',
  EXCEPTION_MESSAGE: 'exception.message',
  EXCEPTION_STACKTRACE: 'exception.stacktrace',
} as const;

export const EXECUTE_TOOL = 'execute_tool';

/** Bucket boundaries, in seconds, of every MCP duration histogram. */
export const DURATION_BOUNDARIES: readonly number[] = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];

/** Methods of every protocol revision; an inbound method outside this list is `_OTHER` on metrics. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'completion/complete',
  'logging/setLevel',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'tools/call',
  'tools/list',
  'server/discover',
  'subscriptions/listen',
  'tasks/get',
  'tasks/result',
  'tasks/list',
  'tasks/update',
  'tasks/cancel',
  'sampling/createMessage',
  'roots/list',
  'elicitation/create',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/message',
  'notifications/roots/list_changed',
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/elicitation/complete',
  'notifications/tasks',
  'notifications/tasks/status',
  'notifications/subscriptions/acknowledged',
]);
