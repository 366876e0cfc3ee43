/** Reads what the SDKs throw: every shape of every major, without their classes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { connectFailureType, failureType, plainMessage } from '../../src/sdk/errors';

const SENT = { sent: true, answered: false, aborted: false };
const error = (fields: object, message = 'message') => Object.assign(new Error(message), fields);

describe('failureType', () => {
  const SHAPES: readonly (readonly [string, unknown, string])[] = [
    ['1.0 timeout', error({ name: 'McpError', code: -2 }), 'timeout'],
    ['1.x timeout', error({ name: 'McpError', code: -32_001 }), 'timeout'],
    ['v2 timeout', error({ name: 'SdkError', code: 'REQUEST_TIMEOUT' }), 'timeout'],
    ['1.0 closed', error({ name: 'McpError', code: -1 }), 'connection_closed'],
    ['1.x closed', error({ name: 'McpError', code: -32_000 }), 'connection_closed'],
    ['v2 closed', error({ name: 'SdkError', code: 'CONNECTION_CLOSED' }), 'connection_closed'],
    ['not connected', new Error('Not connected'), 'not_connected'],
    ['v2 not connected', error({ code: 'NOT_CONNECTED' }), 'not_connected'],
    ['zod 3', error({ name: 'ZodError', issues: [] }), 'invalid_result'],
    ['zod 4', error({ name: '$ZodError', issues: [] }), 'invalid_result'],
    ['v2 invalid result', error({ code: 'INVALID_RESULT' }), 'invalid_result'],
    ['v2 send failed', error({ code: 'SEND_FAILED' }), 'transport_error'],
    ['1.x HTTP', error({ name: 'StreamableHTTPError', code: 503 }), '503'],
    ['1.x SSE', error({ name: 'SseError', code: 404 }), '404'],
    ['v2 HTTP', error({ name: 'SdkHttpError', code: 'CLIENT_HTTP_NOT_IMPLEMENTED', status: 500 }), '500'],
    ['1.x unauthorized', error({ name: 'UnauthorizedError' }), '401'],
    ['v2 unauthorized', error({ code: 'CLIENT_HTTP_AUTHENTICATION' }), '401'],
    ['v2 forbidden', error({ code: 'CLIENT_HTTP_FORBIDDEN' }), '403'],
    ['early 1.x HTTP', new Error('Error POSTing to endpoint (HTTP 418): teapot'), '418'],
    ['a broken pipe', error({ code: 'EPIPE', syscall: 'write' }), 'transport_error'],
    ['anything else that was sent', new Error('?'), 'transport_error'],
    ['a string', 'reason', 'transport_error'],
    ['undefined', undefined, 'transport_error'],
  ];
  for (const [name, thrown, expected] of SHAPES) {
    it(`${name}: ${expected}`, () => assert.equal(failureType(thrown, SENT), expected));
  }

  it('the caller’s own abort comes first, whatever was thrown', () => {
    for (const [, thrown] of SHAPES)
      assert.equal(failureType(thrown, { ...SENT, aborted: true }), 'cancelled');
  });

  it('what is thrown after an answer is about the answer', () => {
    const thrown = error({ name: 'McpError', code: -32_602 });
    assert.equal(failureType(thrown, { ...SENT, answered: true }), 'invalid_result');
  });

  it('an unknown error before anything was sent is _OTHER', () => {
    assert.equal(failureType(new Error('?'), { ...SENT, sent: false }), '_OTHER');
  });

  it('never throws and always gives a word of the list or an HTTP status', () => {
    const words =
      /^(?:timeout|cancelled|connection_closed|not_connected|invalid_result|transport_error|_OTHER|[345]\d\d)$/;
    fc.assert(
      fc.property(
        fc.anything(),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (thrown, sent, answered, aborted) => {
          assert.match(failureType(thrown, { sent, answered, aborted }), words);
          assert.match(connectFailureType(thrown), words);
        },
      ),
    );
  });
});

describe('connectFailureType', () => {
  it('system errors and failed fetches are transport errors', () => {
    assert.equal(connectFailureType(error({ code: 'ENOENT', syscall: 'spawn x' })), 'transport_error');
    assert.equal(
      connectFailureType(
        Object.assign(new TypeError('fetch failed'), { cause: error({ code: 'ECONNREFUSED' }) }),
      ),
      'transport_error',
    );
  });
  it('anything unknown is _OTHER', () => assert.equal(connectFailureType(new Error('?')), '_OTHER'));
});

describe('plainMessage', () => {
  it('takes the prefix off, once per hop', () => {
    assert.equal(plainMessage('MCP error -32001: MCP error -32001: remote'), 'remote');
    assert.equal(plainMessage('MCP error 7: x'), 'x');
    assert.equal(plainMessage('plain'), 'plain');
    assert.equal(plainMessage('says MCP error -1: inside'), 'says MCP error -1: inside');
    assert.equal(plainMessage(undefined), '');
    assert.equal(plainMessage({}), '');
  });
});
