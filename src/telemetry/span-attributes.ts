/** When each attribute is on a span, for the reference page. A name added to `ATTR` without an entry does not compile. */
import type { ATTR } from './semconv';

export interface AttributeNote {
  readonly type: 'string' | 'int';
  /** Which spans carry it; `exception` is the event or log record of what was thrown. */
  readonly on: 'CLIENT, SERVER' | 'CLIENT' | 'exception';
  readonly when: string;
  /** `ours`: allowed beside the convention, which does not name it for MCP spans. */
  readonly source: 'convention' | 'ours';
}

const BOTH = { type: 'string', on: 'CLIENT, SERVER', source: 'convention' } as const;

export const SPAN_ATTRIBUTES = {
  METHOD_NAME: { ...BOTH, when: 'always' },
  TOOL_NAME: { ...BOTH, when: 'the call concerns a tool' },
  PROMPT_NAME: { ...BOTH, when: 'the call concerns a prompt' },
  RESOURCE_URI: {
    ...BOTH,
    when: 'the call concerns a resource; it is not in the span’s name and not on metrics',
  },
  OPERATION_NAME: { ...BOTH, when: '`tools/call` only: `execute_tool`' },
  REQUEST_ID: {
    ...BOTH,
    when: 'requests that were sent, as string; not on notifications, denied calls and calls that the SDK refused',
  },
  PROTOCOL_VERSION: {
    ...BOTH,
    when: 'known: of the request (`_meta`, from protocol 2026-07-28), else as negotiated',
  },
  SESSION_ID: {
    ...BOTH,
    when: 'the transport has a session: streamable HTTP and SSE up to protocol 2025-11-25',
  },
  NETWORK_TRANSPORT: { ...BOTH, when: '`pipe` for stdio, `tcp` for HTTP and WebSocket; absent in memory' },
  NETWORK_PROTOCOL: { ...BOTH, when: '`http` or `websocket`' },
  SERVER_ADDRESS: { ...BOTH, on: 'CLIENT', when: 'the transport leads to a URL' },
  SERVER_PORT: { ...BOTH, type: 'int', on: 'CLIENT', when: 'the transport leads to a URL' },
  ERROR_TYPE: { ...BOTH, when: 'the call failed' },
  RPC_STATUS_CODE: {
    ...BOTH,
    when: 'a JSON-RPC error response was really received or sent; its code as string',
  },
  TOOL_ARGUMENTS: { ...BOTH, when: 'content capture is on; `tools/call`; JSON' },
  TOOL_RESULT: { ...BOTH, when: 'content capture is on; `tools/call` that succeeded; JSON' },
  PROMPT_VARIABLE: {
    ...BOTH,
    when: 'content capture is on; `prompts/get`: one attribute per argument, its name appended',
  },
  SERVER_NAME: {
    ...BOTH,
    source: 'ours',
    when: 'the server has said its name; self-reported, so for reading only',
  },
  AGENT_NAME: {
    ...BOTH,
    source: 'ours',
    when: 'known: `withMcpContext`, `MCP_AGENT_NAME`, else the client’s name',
  },
  USER_ID: { ...BOTH, source: 'ours', when: 'the agent’s owner set one, and `OTEL_MCP_USER_LABEL` shows it' },
  EXCEPTION_TYPE: { ...BOTH, on: 'exception', when: 'something was thrown; a denial is not' },
  EXCEPTION_MESSAGE: { ...BOTH, on: 'exception', when: 'with it' },
  EXCEPTION_STACKTRACE: { ...BOTH, on: 'exception', when: 'what was thrown has one' },
} as const satisfies Record<keyof typeof ATTR, AttributeNote>;
