/** Acceptance row TEL-13: the grammar of `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { runtime } from '../../src/pipeline/runtime';
import { startAgent } from '../sdk/support/agent';
import type { Agent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';

const VARIABLE = 'OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN';

const agent = startAgent();
beforeEach(() => agent.reset());

/** Runs one failing call with the switch set, and tells what came of it. */
async function failWith(
  value: string | undefined,
  tool = 'rpc',
): Promise<{ events: string[]; logs: unknown[] }> {
  if (value === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = value;
  agent.instrumentation.setConfig({});
  const { client, close } = await v1.connectPair();
  await client.callTool({ name: tool, arguments: { code: -32603 } }).catch(() => {});
  const span = agent.span(`tools/call ${tool}`, 'CLIENT');
  const logs = agent.logs().filter(({ spanId }) => spanId === span.spanId);
  await close();
  return { events: span.events.map(({ name }) => name), logs };
}

describe('TEL-13: exceptions', () => {
  it('unset: a span event, with type, message and stack', async () => {
    const { events, logs } = await failWith(undefined);
    assert.deepEqual([events, logs], [['exception'], []]);
    const [event] = agent.span('tools/call rpc', 'CLIENT').events;
    assert.deepEqual(Object.keys(event?.attributes ?? {}).toSorted(), [
      'exception.message',
      'exception.stacktrace',
      'exception.type',
    ]);
    assert.equal(event?.attributes['exception.type'], '-32603');
  });

  it('logs: a log record in the span’s context, and no span event', async () => {
    const { events, logs } = await failWith('logs');
    assert.deepEqual(events, []);
    const [record] = logs as ReturnType<Agent['logs']>;
    assert.equal(logs.length, 1);
    assert.deepEqual([record?.eventName, record?.severity], ['mcp.client.operation.exception', 13]);
    assert.deepEqual(Object.keys(record?.attributes ?? {}).toSorted(), [
      'exception.message',
      'exception.stacktrace',
      'exception.type',
    ]);
  });

  it('logs/dup: both', async () => {
    const { events, logs } = await failWith('logs/dup');
    assert.deepEqual([events, logs.length], [['exception'], 1]);
  });

  it('anything else: as unset', async () => {
    const { events, logs } = await failWith('nonsense');
    assert.deepEqual([events, logs], [['exception'], []]);
  });

  it('what a notification handler of the server throws is an exception of the server’s span', async () => {
    process.env[VARIABLE] = 'logs/dup';
    agent.instrumentation.setConfig({});
    const server = v1.makeServer();
    server.setNotificationHandler(v1.types.RootsListChangedNotificationSchema, () => {
      throw new TypeError('handler broke');
    });
    const { client, close } = await v1.connectPair(v1.makeClient(), server);
    await agent.reset();
    await client.sendRootsListChanged();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const span = agent.span('notifications/roots/list_changed', 'SERVER');
    assert.deepEqual([span.status, span.attributes['error.type']], ['ERROR', '_OTHER']);
    assert.deepEqual(
      span.events.map(({ attributes }) => attributes['exception.type']),
      ['TypeError'],
    );
    assert.deepEqual(
      agent.logs().map(({ eventName, severity }) => [eventName, severity]),
      [['mcp.server.operation.exception', 17]],
    );
    await close();
  });

  for (const value of [undefined, 'logs', 'logs/dup']) {
    it(`${value ?? 'unset'}: isError is no exception`, async () => {
      assert.deepEqual(await failWith(value, 'fail'), { events: [], logs: [] });
    });

    it(`${value ?? 'unset'}: a denial is no exception`, async () => {
      runtime().setGuards({
        decide: ({ method }) => ({
          decisions: [],
          ...(method === 'tools/call'
            ? { denial: { errorType: 'rate_limited' as const, error: new Error('denied') } }
            : {}),
        }),
      });
      assert.deepEqual(await failWith(value, 'echo'), { events: [], logs: [] });
      runtime().setGuards(undefined);
    });
  }
});
