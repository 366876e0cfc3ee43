/** `opentelemetry-instrumentation-mcp/testing`: the recorder for users' own tests, without an OpenTelemetry SDK. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { instrument, withMcpContext } from '../src/index';
import { createMcpRecorder } from '../src/testing';
import type { McpRecorder } from '../src/testing';
import { expectExit, runProgram } from './support/run-program';
import { REPOSITORY } from './support/installs';
import * as v1 from './sdk/support/v1';
import * as v2 from './sdk/support/v2';

process.env['OTEL_MCP_SDK'] = 'off';

let recorder: McpRecorder;
let pair: v1.Pair;
before(async () => {
  instrument({ Client: v1.Client, Server: v1.Server });
  instrument({ Client: v2.Client, Server: v2.Server });
  recorder = createMcpRecorder();
  pair = await v1.connectPair();
});
beforeEach(() => recorder.reset());
after(async () => {
  await pair.close();
  recorder.stop();
});

const outgoing = (records: McpRecorder['calls']) =>
  records.filter(({ call }) => call.direction === 'outgoing');

describe('createMcpRecorder', () => {
  it('keeps calls with target, identity, outcome and time', async () => {
    await withMcpContext({ userId: 'u-1' }, () =>
      pair.client.callTool({ name: 'echo', arguments: { text: 'hi' } }),
    );
    const [record, ...more] = outgoing(recorder.calls);
    assert.deepEqual(more, []);
    assert.equal(record?.call.method, 'tools/call');
    assert.deepEqual(record?.call.target, { type: 'tool', name: 'echo' });
    assert.deepEqual(record?.call.params?.['arguments'], { text: 'hi' });
    assert.equal(record?.call.identity.userId, 'u-1');
    assert.equal(record?.outcome.status, 'success');
    assert.ok((record?.seconds ?? 0) > 0);
    assert.equal(record?.call.session.serverId, 'inmemory');
  });

  it('find: by method, by tool, by both, by nothing', async () => {
    await pair.client.callTool({ name: 'echo' });
    await pair.client.callTool({ name: 'fail' });
    await pair.client.listTools();
    const count = (filter: Parameters<McpRecorder['find']>[0]) => outgoing(recorder.find(filter)).length;
    assert.equal(count({ method: 'tools/call' }), 2);
    assert.equal(count({ tool: 'fail' }), 1);
    assert.equal(count({ method: 'tools/list', tool: 'fail' }), 0);
    assert.equal(count({}), 3);
    assert.deepEqual(
      outgoing(recorder.find({ tool: 'fail' })).map(({ outcome }) => [outcome.status, outcome.errorType]),
      [['error', 'tool_error']],
    );
  });

  it('waitFor: what has ended, what will end, and what never does', async () => {
    const pending = recorder.waitFor(({ call }) => call.target?.name === 'slow', 2_000);
    void pair.client.callTool({ name: 'slow', arguments: { ms: 20 } });
    const record = await pending;
    assert.equal(record.call.target?.name, 'slow');
    assert.equal(await recorder.waitFor(({ call }) => call.target?.name === 'slow'), record);
    await assert.rejects(
      recorder.waitFor(({ call }) => call.method === 'prompts/get', 30),
      /no such MCP call ended within 30 ms; calls that did: .*tools\/call/,
    );
  });

  it('waitFor: a predicate that throws rejects, and harms neither the agent nor the recorder', async () => {
    const broken = recorder.waitFor(() => {
      throw new Error('broken predicate');
    });
    await pair.client.callTool({ name: 'echo' });
    await assert.rejects(broken, /broken predicate/);
    await pair.client.callTool({ name: 'echo' });
    assert.equal(outgoing(recorder.find({ tool: 'echo' })).length, 2);
  });

  it('sessions, on both majors', async () => {
    await (await v1.connectPair()).close();
    await (await v2.connectPair()).close();
    const ended = recorder.sessions.map(({ session, errorType }) => [
      session.role,
      session.transport,
      errorType,
    ]);
    assert.deepEqual(
      ended.filter(([role]) => role === 'client'),
      Array.from({ length: 2 }, () => ['client', 'inmemory', undefined]),
    );
  });

  it('several recorders do not disturb each other; a stopped one keeps what it has', async () => {
    const other = createMcpRecorder();
    await pair.client.ping();
    other.stop();
    await pair.client.ping();
    assert.equal(outgoing(other.calls).length, 1);
    assert.equal(outgoing(recorder.calls).length, 2);
  });

  it('no trace context travels and no OpenTelemetry SDK is loaded', async () => {
    const result = await pair.client.callTool({ name: 'whoami' });
    assert.deepEqual(result.content, [{ type: 'text', text: '{}' }]);
    const loaded = Object.keys(require.cache).filter((file) => file.includes('@opentelemetry/sdk-'));
    assert.deepEqual(loaded, []);
  });

  it('is offered under its own name to both kinds of module', async () => {
    const name = 'opentelemetry-instrumentation-mcp/testing';
    const programs = {
      commonjs: `console.log(Object.keys(require('${name}')).join());`,
      module: `console.log(Object.keys(await import('${name}')).join());`,
    };
    for (const [type, program] of Object.entries(programs)) {
      const run = runProgram(`--input-type=${type}`, { args: ['--eval', program], cwd: REPOSITORY });
      assert.equal(expectExit(await run).stdout.trim(), 'createMcpRecorder', type);
    }
  });
});
