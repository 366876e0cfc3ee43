/**
 * The rows of the error truth tables, and the check of one cell: span and metrics say the same, and the caller sees what
 * it sees without us.
 *
 * The values are the contract's closed list, written out; TEL-03 and TEL-05 are the requirements.
 */
import assert from 'node:assert/strict';
import type { OtlpReceiver, ReceivedSpan } from './otlp-receiver';
import type { ProgramResult } from './run-program';

export interface Row {
  /** `error.type`; undefined where the call must count as a success. */
  type: string | undefined;
  /** `rpc.response.status_code`: only when a JSON-RPC error was really received. */
  rpc?: string;
  /** Status description. */
  description?: string;
  denied?: boolean;
}

/** Tool name (the way it fails) → what telemetry must say. */
export const ROWS: Record<string, Row> = {
  success: { type: undefined },
  tool_error: { type: 'tool_error' },
  'code_-32602': { type: '-32602', rpc: '-32602', description: 'bad arguments' },
  'code_-32603': { type: '-32603', rpc: '-32603', description: 'it broke inside' },
  'code_-32001': { type: '-32001', rpc: '-32001', description: 'remote timeout' },
  'code_-32000': { type: '-32000', rpc: '-32000', description: 'remote says closed' },
  code_1234: { type: '1234', rpc: '1234', description: 'a code of its own' },
  timeout: { type: 'timeout' },
  cancelled: { type: 'cancelled' },
  cancelled_before: { type: 'cancelled' },
  invalid_result: { type: 'invalid_result' },
  output_schema: { type: 'invalid_result' },
  transport_error: { type: 'transport_error' },
  connection_closed: { type: 'connection_closed' },
  not_connected: { type: 'not_connected' },
  _OTHER: { type: '_OTHER' },
  http_401: { type: '401' },
  http_403: { type: '403' },
  http_404: { type: '404' },
  http_500: { type: '500' },
  http_broken: { type: 'transport_error' },
  sse_401: { type: '401' },
  sse_403: { type: '403' },
  sse_404: { type: '404' },
  sse_500: { type: '500' },
  sse_broken: { type: 'transport_error' },
  process_exit: { type: 'process_exit' },
  access_denied: { type: 'access_denied', denied: true },
  rate_limited: { type: 'rate_limited', denied: true },
  budget_exceeded: { type: 'budget_exceeded', denied: true },
  input_rejected: { type: 'input_rejected', denied: true },
  circuit_open: { type: 'circuit_open', denied: true },
  guard_unavailable: { type: 'guard_unavailable', denied: true },
};

export interface Runs {
  receiver: OtlpReceiver;
  /** The agent without us, and with us. */
  bare: ProgramResult;
  traced: ProgramResult;
}

export function checkCell({ receiver, bare, traced }: Runs, name: string, row: Row): void {
  const spans = receiver.named(`tools/call ${name}`);
  assert.equal(spans.length, 1, `spans of tools/call ${name}; ${traced.commandLine}\n${traced.stderr}`);
  checkSpan(spans[0] as ReceivedSpan, row);
  checkMetrics(receiver, name, row);
  const saw = callerSaw(traced).get(name);
  if (row.denied) assert.deepEqual((saw as { code?: unknown }).code, 'MCP_GUARD_DENIED');
  else assert.deepEqual(saw, callerSaw(bare).get(name));
}

/** What the caller saw, by tool name: one JSON line per call. */
function callerSaw(result: ProgramResult): Map<string, unknown> {
  const lines = result.stdout.split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as [string, unknown]));
}

function checkSpan(span: ReceivedSpan, row: Row): void {
  assert.equal(span.kind, 'CLIENT');
  assert.equal(span.attributes['error.type'], row.type);
  assert.equal(span.attributes['rpc.response.status_code'], row.rpc);
  const status = row.type === undefined ? 'UNSET' : 'ERROR';
  assert.deepEqual(span.status, { code: status, message: row.description ?? '' });
  if (row.denied) assert.equal(span.attributes['jsonrpc.request.id'], undefined, 'a denied call was sent');
  assert.ok(!JSON.stringify(span.attributes).includes('secret result'), 'tool content on the span');
}

function checkMetrics(receiver: OtlpReceiver, name: string, row: Row): void {
  const ofTool = (metric: string, key: string) =>
    receiver.metric(metric).filter((point) => point.attributes[key] === name);

  const durations = ofTool('mcp.client.operation.duration', 'gen_ai.tool.name');
  assert.equal(durations.length, 1, `mcp.client.operation.duration: one series of ${name}`);
  assert.equal(durations[0]?.count, 1);
  assert.equal(durations[0]?.attributes['error.type'], row.type);
  assert.equal(durations[0]?.attributes['rpc.response.status_code'], row.rpc);

  const status = row.denied ? 'denied' : row.type === undefined ? 'success' : 'error';
  const calls = ofTool('mcp.tool.calls', 'tool_name');
  assert.deepEqual(
    calls.map((point) => [point.attributes['status'], point.value]),
    [[status, 1]],
  );

  const errors = ofTool('mcp.tool.call.errors', 'tool_name').filter((point) => point.value !== 0);
  const counted = errors.map((point) => [point.attributes['error_type'], point.value]);
  assert.deepEqual(counted, status === 'error' ? [[row.type, 1]] : []);
  assert.equal(ofTool('mcp.tool.call.duration.seconds', 'tool_name').length, status === 'denied' ? 0 : 1);
}
