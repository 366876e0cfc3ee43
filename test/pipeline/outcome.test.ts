/** What counts as an error, and of which kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { McpCall } from '../../src/core/call';
import { outcomeOf } from '../../src/pipeline/outcome';

const call = (over: Partial<McpCall> = {}): McpCall => ({
  direction: 'outgoing',
  kind: 'request',
  method: 'tools/call',
  target: { type: 'tool', name: 't' },
  params: undefined,
  session: {} as McpCall['session'],
  identity: {},
  requestId: 1,
  ...over,
});

describe('outcomeOf', () => {
  it('a result is success', () => {
    const value = { content: [] };
    assert.deepEqual(outcomeOf(call(), { type: 'result', value }), { status: 'success', result: value });
  });

  it('isError: true of a tool call is tool_error, in either direction', () => {
    for (const direction of ['outgoing', 'incoming'] as const) {
      const { status, errorType, exception } = outcomeOf(call({ direction }), {
        type: 'result',
        value: { isError: true },
      });
      assert.deepEqual([status, errorType, exception], ['error', 'tool_error', undefined]);
    }
  });

  it('isError of anything else, or not exactly true, is no error', () => {
    const is = (over: Partial<McpCall>, value: unknown) =>
      outcomeOf(call(over), { type: 'result', value }).status;
    assert.equal(is({ method: 'resources/read' }, { isError: true }), 'success');
    for (const value of [
      { isError: 'true' },
      { isError: 1 },
      { isError: false },
      null,
      undefined,
      'isError',
      0,
    ]) {
      assert.equal(is({}, value), 'success');
    }
  });

  it('every JSON-RPC code is an error for the sender', () => {
    for (const code of [-32_700, -32_600, -32_601, -32_602, -32_002, -32_603, -32_001, 0, 42]) {
      const thrown = new Error('x');
      const outcome = outcomeOf(call(), { type: 'rpc_error', code, message: 'm', thrown });
      assert.deepEqual(outcome, {
        status: 'error',
        errorType: String(code),
        rpcCode: code,
        message: 'm',
        exception: thrown,
      });
    }
  });

  it('five codes say that the caller was wrong: no error of the server, the code is kept', () => {
    for (const code of [-32_700, -32_600, -32_601, -32_602, -32_002]) {
      const outcome = outcomeOf(call({ direction: 'incoming' }), { type: 'rpc_error', code, message: 'm' });
      assert.deepEqual([outcome.status, outcome.errorType, outcome.rpcCode], ['success', undefined, code]);
    }
    const other = outcomeOf(call({ direction: 'incoming' }), {
      type: 'rpc_error',
      code: -32_603,
      message: 'm',
    });
    assert.deepEqual([other.status, other.errorType], ['error', '-32603']);
  });

  it('a failure without a JSON-RPC error has its kind, and neither code nor message', () => {
    const thrown = new Error('details of the agent');
    assert.deepEqual(outcomeOf(call(), { type: 'failure', errorType: 'timeout', thrown }), {
      status: 'error',
      errorType: 'timeout',
      exception: thrown,
    });
  });
});
