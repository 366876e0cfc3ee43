/** What is measured: acceptance rows TEL-05, TEL-06, TEL-07. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { withMcpContext } from '../../src/index';
import { runtime } from '../../src/pipeline/runtime';
import { SIGNALS } from '../../src/telemetry/signals';
import { startAgent } from '../sdk/support/agent';
import type { Point } from '../sdk/support/agent';
import { serveV1 } from '../sdk/support/http';
import type { Endpoint } from '../sdk/support/http';
import * as v1 from '../sdk/support/v1';
import * as v2 from '../sdk/support/v2';

const BOUNDARIES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

const agent = startAgent();
let http: Endpoint;
before(async () => {
  http = await serveV1();
});
after(() => http.close());
beforeEach(() => agent.reset());

const named = (points: readonly Point[], name: string) => points.filter((point) => point.name === name);
const counts = (points: readonly Point[]) =>
  points.map(({ attributes, histogram, value }) => ({ ...attributes, n: histogram?.count ?? value }));

describe('TEL-05: the convention’s operation histograms', () => {
  it('one sample per operation on either side, in seconds, with the 14 boundaries', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    await client.callTool({ name: 'slow', arguments: { ms: 60 } });
    await client.readResource({ uri: 'test://greeting' });
    const points = await agent.collect();
    const sent = named(points, 'mcp.client.operation.duration');
    assert.deepEqual(counts(sent), [
      {
        'mcp.method.name': 'tools/call',
        'gen_ai.tool.name': 'slow',
        'gen_ai.operation.name': 'execute_tool',
        'mcp.protocol.version': '2025-11-25',
        n: 1,
      },
      { 'mcp.method.name': 'resources/read', 'mcp.protocol.version': '2025-11-25', n: 1 },
    ]);
    const [slow] = sent;
    assert.deepEqual([slow?.unit, slow?.histogram?.boundaries], ['s', BOUNDARIES]);
    const seconds = slow?.histogram?.sum ?? 0;
    assert.ok(seconds >= 0.055 && seconds < 1, `${seconds} s`);
    const span = agent.span('tools/call slow', 'CLIENT');
    assert.ok(Math.abs(span.duration / 1_000 - seconds) < 0.02, 'the metric agrees with the span');
    const received = named(points, 'mcp.server.operation.duration');
    assert.deepEqual(counts(received), counts(sent));
    await close();
  });

  it('carries server address and port on the client only, and never an id, a session or a URI', async () => {
    const client = v1.makeClient();
    await client.connect(new StreamableHTTPClientTransport(http.url));
    await agent.reset();
    await client.readResource({ uri: 'test://greeting' });
    const points = await agent.collect();
    const network = {
      'mcp.method.name': 'resources/read',
      'mcp.protocol.version': '2025-11-25',
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
    };
    assert.deepEqual(counts(named(points, 'mcp.client.operation.duration')), [
      { ...network, 'server.address': '127.0.0.1', 'server.port': http.port, n: 1 },
    ]);
    assert.deepEqual(counts(named(points, 'mcp.server.operation.duration')), [{ ...network, n: 1 }]);
    await client.close();
  });

  it('failures are samples with the span’s error.type and status code', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    await client.callTool({ name: 'fail' });
    await assert.rejects(client.callTool({ name: 'rpc', arguments: { code: -32602 } }));
    const points = await agent.collect();
    const errors = (name: string) =>
      named(points, name).map(({ attributes }) => [
        attributes['error.type'],
        attributes['rpc.response.status_code'],
      ]);
    assert.deepEqual(errors('mcp.client.operation.duration'), [
      ['tool_error', undefined],
      ['-32602', '-32602'],
    ]);
    assert.deepEqual(errors('mcp.server.operation.duration'), [
      ['tool_error', undefined],
      [undefined, '-32602'],
    ]);
    await close();
  });

  it('a method that the peer made up is _OTHER on the server’s metric, and itself on the span', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    for (const method of ['made/up', 'made/up/too']) {
      await assert.rejects(client.request({ method }, v1.types.EmptyResultSchema));
    }
    const received = await agent.collect('mcp.server.operation.duration');
    assert.deepEqual(counts(received), [
      {
        'mcp.method.name': '_OTHER',
        'rpc.response.status_code': '-32601',
        'mcp.protocol.version': '2025-11-25',
        n: 2,
      },
    ]);
    assert.equal(agent.span('made/up', 'SERVER').attributes['mcp.method.name'], 'made/up');
    await close();
  });

  it('notifications are samples too', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    await client.sendRootsListChanged();
    await wait(5);
    const points = await agent.collect();
    for (const name of ['mcp.client.operation.duration', 'mcp.server.operation.duration']) {
      assert.deepEqual(counts(named(points, name)), [
        {
          'mcp.method.name': 'notifications/roots/list_changed',
          'mcp.protocol.version': '2025-11-25',
          n: 1,
        },
      ]);
    }
    await close();
  });
});

describe('TEL-06: session histograms', () => {
  it('from connect() to close(), on either side, with the attributes that both versions of the convention allow', async () => {
    const client = v1.makeClient();
    await agent.reset();
    const began = performance.now();
    await client.connect(new StreamableHTTPClientTransport(http.url));
    await wait(50);
    await client.close();
    const wall = (performance.now() - began) / 1_000;
    const [session, ...more] = await agent.collect('mcp.client.session.duration');
    assert.deepEqual(more, []);
    assert.deepEqual(session?.attributes, {
      'mcp.protocol.version': '2025-11-25',
      'network.protocol.name': 'http',
      'server.address': '127.0.0.1',
      'server.port': http.port,
    });
    assert.deepEqual([session?.unit, session?.histogram?.boundaries], ['s', BOUNDARIES]);
    const sum = session?.histogram?.sum ?? 0;
    const handshake = agent.span('initialize', 'CLIENT').duration / 1_000;
    assert.ok(sum <= wall, `${sum} s within ${wall} s`);
    assert.ok(sum >= 0.049 + handshake, `${sum} s holds the wait and the handshake of ${handshake} s`);
  });

  it('a server’s session has no address', async () => {
    const { close } = await v1.connectPair();
    await agent.reset();
    await close();
    const [session] = await agent.collect('mcp.server.session.duration');
    assert.deepEqual(session?.attributes, { 'mcp.protocol.version': '2025-11-25' });
    assert.equal(session?.histogram?.count, 1);
  });

  it('the same with SDK v2', async () => {
    const { close } = await v2.connectPair();
    await agent.reset();
    await close();
    const points = await agent.collect();
    for (const name of ['mcp.client.session.duration', 'mcp.server.session.duration']) {
      assert.deepEqual(counts(named(points, name)), [{ 'mcp.protocol.version': '2025-11-25', n: 1 }]);
    }
  });

  it('a session in the middle of which the server went is closed, not failed', async () => {
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    const server = v1.makeServer();
    await server.connect(serverSide);
    const client = v1.makeClient();
    await client.connect(clientSide);
    await agent.reset();
    await server.close();
    const points = await agent.collect();
    assert.equal(named(points, 'mcp.client.session.duration').length, 1);
    assert.equal(named(points, 'mcp.server.session.duration').length, 1);
  });
});

describe('TEL-07: the monitoring guide’s metrics', () => {
  const LABELS = ['agent_name', 'server_id', 'status', 'tool_name', 'user_id'];

  it('names, units, types and label keys are pinned', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    await client.callTool({ name: 'echo' });
    await client.callTool({ name: 'fail' });
    const points = await agent.collect();
    const shape = (name: string) => {
      const [point] = named(points, name);
      return [point?.unit, point?.histogram?.boundaries, Object.keys(point?.attributes ?? {}).toSorted()];
    };
    assert.deepEqual(shape('mcp.tool.calls'), ['{call}', undefined, LABELS]);
    assert.deepEqual(shape('mcp.tool.call.duration.seconds'), [
      's',
      BOUNDARIES,
      ['agent_name', 'server_id', 'status', 'tool_name'],
    ]);
    assert.deepEqual(shape('mcp.tool.call.errors'), [
      '{error}',
      undefined,
      ['agent_name', 'error_type', 'server_id', 'tool_name', 'user_id'],
    ]);
    assert.deepEqual(shape('mcp.active_connections'), [
      '{connection}',
      undefined,
      ['agent_name', 'server_id'],
    ]);
    await close();
  });

  it('no instrument has two keys that become one Prometheus label, and no unit is 1', () => {
    for (const { name, attributes, unit } of Object.values(SIGNALS)) {
      const labels = attributes.map((key) => key.replaceAll(/[^a-zA-Z0-9_]/g, '_'));
      assert.equal(new Set(labels).size, labels.length, name);
      assert.notEqual(unit, '1', name);
      assert.doesNotMatch(name, /_total$|\.total$/, name);
    }
  });

  it('what is recorded carries no key outside the table', async () => {
    const { client, close } = await v1.connectPair();
    await client.callTool({ name: 'echo' });
    await client.callTool({ name: 'fail' });
    await assert.rejects(client.callTool({ name: 'rpc', arguments: { code: 5 } }));
    await close();
    const table = new Map<string, { attributes: readonly string[]; unit: string; description: string }>(
      Object.values(SIGNALS).map((signal) => [signal.name, signal]),
    );
    const points = await agent.collect();
    assert.ok(points.length > 10);
    for (const { name, attributes, unit, description } of points) {
      const signal = table.get(name);
      assert.deepEqual([signal?.unit, signal?.description], [unit, description], name);
      const unlisted = Object.keys(attributes).filter((key) => signal?.attributes.includes(key) !== true);
      assert.deepEqual(unlisted, [], name);
    }
  });

  it('values: who called what, where, and how it ended', async () => {
    const { client, close } = await v1.connectPair(v1.makeClient('reporter'));
    await agent.reset();
    await withMcpContext({ userId: 'u-1' }, () => client.callTool({ name: 'echo' }));
    await withMcpContext({ userId: 'u-1', agentName: 'planner' }, () => client.callTool({ name: 'fail' }));
    await client.callTool({ name: 'echo' });
    const points = await agent.collect();
    assert.deepEqual(counts(named(points, 'mcp.tool.calls')), [
      {
        tool_name: 'echo',
        server_id: 'inmemory',
        agent_name: 'reporter',
        user_id: 'u-1',
        status: 'success',
        n: 1,
      },
      {
        tool_name: 'fail',
        server_id: 'inmemory',
        agent_name: 'planner',
        user_id: 'u-1',
        status: 'error',
        n: 1,
      },
      {
        tool_name: 'echo',
        server_id: 'inmemory',
        agent_name: 'reporter',
        user_id: 'unknown',
        status: 'success',
        n: 1,
      },
    ]);
    assert.deepEqual(counts(named(points, 'mcp.tool.call.errors')), [
      {
        tool_name: 'fail',
        server_id: 'inmemory',
        agent_name: 'planner',
        user_id: 'u-1',
        error_type: 'tool_error',
        n: 1,
      },
    ]);
    assert.deepEqual(counts(named(points, 'mcp.tool.call.duration.seconds')), [
      { tool_name: 'echo', server_id: 'inmemory', agent_name: 'reporter', status: 'success', n: 2 },
      { tool_name: 'fail', server_id: 'inmemory', agent_name: 'planner', status: 'error', n: 1 },
    ]);
    await close();
  });

  it('only tool calls of the client role count: not other methods, not the server’s side', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    await client.listTools();
    await client.ping();
    await client.callTool({ name: 'sample' });
    const points = await agent.collect();
    assert.deepEqual(
      counts(named(points, 'mcp.tool.calls')).map(({ n }) => n),
      [1],
    );
    await close();
  });

  it('what an SDK of the agent loses is not known, and so not said to be nothing', async () => {
    const { client, close } = await v1.connectPair();
    await client.callTool({ name: 'echo' });
    const points = await agent.collect();
    assert.deepEqual(named(points, SIGNALS.exportDropped.name), []);
    await close();
  });

  it('a denied call is a call, not an error, and has no duration', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    runtime().setGuards({
      decide: ({ method }) =>
        method === 'tools/call'
          ? { decisions: [], denial: { errorType: 'access_denied', error: new Error('denied') } }
          : { decisions: [] },
    });
    await assert.rejects(client.callTool({ name: 'echo' }), /denied/);
    runtime().setGuards(undefined);
    const points = await agent.collect();
    assert.deepEqual(
      counts(named(points, 'mcp.tool.calls')).map((point) => [
        (point as { status?: string }).status,
        point.n,
      ]),
      [['denied', 1]],
    );
    assert.deepEqual(named(points, 'mcp.tool.call.errors'), []);
    assert.deepEqual(named(points, 'mcp.tool.call.duration.seconds'), []);
    const [operation] = named(points, 'mcp.client.operation.duration');
    assert.equal(operation?.attributes['error.type'], 'access_denied');
    const span = agent.span('tools/call echo', 'CLIENT');
    assert.deepEqual([span.status, span.attributes['error.type']], ['ERROR', 'access_denied']);
    assert.equal(span.attributes['jsonrpc.request.id'], undefined, 'it never reached the wire');
    assert.equal(agent.spans().length, 1);
    await close();
  });
});
