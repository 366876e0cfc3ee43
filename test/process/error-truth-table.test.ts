/**
 * The error truth table: every value that `error.type` can have, on SDK versions around the points where the SDK's own
 * errors changed. Span and metrics must say the same; the caller must see what it sees without us.
 *
 * The values are the contract's closed list, written out; TEL-03 and TEL-05 are the requirements.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { isV2, programsIn, project, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { startRefusingServer, type RefusingServer } from '../support/refusing-server';
import { expectExit, runProgram, type ProgramResult } from '../support/run-program';

const SDKS = ['1.4.1', '1.12.3', '1.23.1', '1.32.2', '2.0.0', '2.4.0'];
const REGISTER = join(REPOSITORY, 'build/src/register.js');

interface Row {
  /** `error.type`; undefined where the call must count as a success. */
  type: string | undefined;
  /** `rpc.response.status_code`: only when a JSON-RPC error was really received. */
  rpc?: string;
  /** Status description. */
  description?: string;
  denied?: boolean;
}

/** Tool name (the way it fails) → what telemetry must say. */
const ROWS: Record<string, Row> = {
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

function whyImpossible(sdk: string, name: string): string | undefined {
  if (sdk !== '1.4.1') return undefined;
  if (name === 'output_schema') return 'SDK 1.4 checks no output schema';
  if (name.startsWith('http_')) return 'SDK 1.4 has no streamable HTTP transport; see the sse_ rows';
  return undefined;
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

for (const sdk of SDKS) {
  describe(`errors of SDK ${sdk}`, () => {
    let receiver: OtlpReceiver;
    let server: RefusingServer;
    let bare: ProgramResult;
    let traced: ProgramResult;

    before(async () => {
      [receiver, server] = await Promise.all([startOtlpReceiver(), startRefusingServer()]);
      const cwd = await project({ sdk, tarball: false });
      const programs = await programsIn(cwd);
      const program = join(programs, `errors-${isV2(sdk) ? 'v2' : 'v1'}.cjs`);
      const urls = { HTTP_URL: server.streamableUrl, SSE_URL: server.sseUrl };
      bare = expectExit(await runProgram(program, { cwd, env: urls }));
      traced = await runProgram(program, {
        cwd,
        preload: 'require',
        nodeArgs: ['--require', join(programs, 'deny-by-name.cjs')],
        env: { ...urls, ...receiver.env(), REGISTER },
      });
      await receiver
        .waitFor((seen) => seen.named('tools/call process_exit').length > 0)
        .catch(() => undefined);
    });
    after(async () => {
      await Promise.all([receiver.close(), server.close()]);
    });

    test('the agent ends as it does without us', () => {
      expectExit(traced);
    });

    for (const [name, row] of Object.entries(ROWS)) {
      const skip = whyImpossible(sdk, name) ?? false;
      test(`${name}: ${row.type ?? 'no error'}`, { skip }, () => {
        const spans = receiver.named(`tools/call ${name}`);
        assert.equal(spans.length, 1, `spans of tools/call ${name}; ${traced.commandLine}\n${traced.stderr}`);
        checkSpan(spans[0] as ReceivedSpan, row);
        checkMetrics(receiver, name, row);
        const saw = callerSaw(traced).get(name);
        if (row.denied) assert.deepEqual((saw as { code?: unknown }).code, 'MCP_GUARD_DENIED');
        else assert.deepEqual(saw, callerSaw(bare).get(name));
      });
    }
  });
}
