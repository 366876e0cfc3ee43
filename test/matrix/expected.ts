/** What `test/programs/agent-*` must leave behind: literals, taken from the convention and not from the product. */
import { failed, ok, type ExpectedSpan } from '../support/expected-spans';
import type { Era } from './cells';

const LEGACY_HANDSHAKE = [ok('initialize'), ok('notifications/initialized')];
/** Protocol 2026-07-28 has no handshake: the client asks what the server speaks. */
const MODERN_HANDSHAKE = [ok('server/discover')];

const CALLS = [
  ok('tools/list'),
  ok('tools/call echo'),
  ok('tools/call whoami'),
  failed('tools/call fail', 'tool_error'),
  failed('tools/call boom', '-32603', '-32603'),
  failed('tools/call coded', '-32001', '-32001'),
  ok('resources/read'),
  ok('prompts/get greet'),
];

/** Spans of the agent, in the order in which they start. */
export function expectedSpans(era: Era | undefined): ExpectedSpan[] {
  return [...(era === 'auto' ? MODERN_HANDSHAKE : LEGACY_HANDSHAKE), ...CALLS];
}

/** `mcp.tool.calls` by status: echo and whoami, then fail, boom and coded. */
export const TOOL_CALLS: Readonly<Record<string, number>> = { success: 2, error: 3 };
