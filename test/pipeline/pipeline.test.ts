/** The one path of every call: recorders, guards, hooks, switches. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { context, trace } from '@opentelemetry/api';
import { core } from '@opentelemetry/sdk-node';

import type { CallRecord, SessionRecord } from '../../src/core/call';
import { internalErrorCounts } from '../../src/core/diagnostics';
import { runtime } from '../../src/pipeline/runtime';
import { startAgent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';
import * as v2 from '../sdk/support/v2';

const agent = startAgent();
beforeEach(() => agent.reset());
afterEach(() => {
  runtime().setGuards(undefined);
  agent.instrumentation.setConfig({ ignoreMethods: [], enabled: true });
});

/** Runs `work` with a recorder; what it recorded. */
async function recorded(
  work: () => Promise<unknown>,
): Promise<{ calls: CallRecord[]; sessions: SessionRecord[] }> {
  const calls: CallRecord[] = [];
  const sessions: SessionRecord[] = [];
  const stop = runtime().subscribe({
    name: 'test',
    record: (record) => void calls.push(record),
    recordSession: (record) => void sessions.push(record),
  });
  await work();
  stop();
  return { calls, sessions };
}

describe('recorders', () => {
  it('get every finished call once, after telemetry, and every session', async () => {
    const { calls, sessions } = await recorded(async () => {
      const { client, close } = await v1.connectPair();
      await client.callTool({ name: 'fail' });
      await close();
    });
    const sent = calls.filter(({ call }) => call.direction === 'outgoing').map(({ call }) => call.method);
    assert.deepEqual(sent, ['initialize', 'notifications/initialized', 'tools/call']);
    const record = calls.find(({ call }) => call.method === 'tools/call' && call.direction === 'outgoing');
    assert.deepEqual([record?.outcome.status, record?.outcome.errorType], ['error', 'tool_error']);
    assert.deepEqual(record?.decisions, []);
    assert.equal(typeof record?.call.requestId, 'number');
    assert.deepEqual(sessions.map(({ session }) => session.role).toSorted(), ['client', 'server']);
  });

  it('one that throws is counted and harms neither the agent nor the next one', async () => {
    const stop = runtime().subscribe({
      name: 'broken-recorder',
      record: () => {
        throw new Error('recorder broke');
      },
      recordSession: () => {
        throw new Error('recorder broke');
      },
    });
    const { calls } = await recorded(async () => {
      const { client, close } = await v1.connectPair();
      const result = await client.callTool({ name: 'echo', arguments: { text: 'x' } });
      assert.deepEqual(result.content, [{ type: 'text', text: 'x' }]);
      await close();
    });
    stop();
    assert.ok(calls.length >= 3);
    assert.ok((internalErrorCounts().get('broken-recorder') ?? 0) >= 3);
    const [point] = (await agent.collect('mcpguard.internal.errors')).filter(
      ({ attributes }) => attributes['component'] === 'broken-recorder',
    );
    assert.ok((point?.value ?? 0) >= 3);
  });

  it('one that stopped gets nothing more', async () => {
    const { calls } = await recorded(async () => {});
    const { close } = await v1.connectPair();
    await close();
    assert.deepEqual(calls, []);
  });
});

describe('guards', () => {
  it('an asynchronous allowance lets the call go on; its decisions are in the record', async () => {
    const decision = {
      guard: 'g',
      verdict: 'allow',
      action: 'allowed',
      mode: 'enforce',
      reason: 'r',
      stage: 'request',
    } as const;
    const { client, close } = await v1.connectPair();
    await agent.reset();
    runtime().setGuards({ decide: async () => ({ decisions: [decision] }) });
    const { calls } = await recorded(() => client.callTool({ name: 'echo' }));
    const record = calls.find(({ call }) => call.direction === 'outgoing');
    assert.deepEqual(record?.decisions, [decision]);
    assert.equal(
      agent.span('tools/call echo', 'SERVER').parentId,
      agent.span('tools/call echo', 'CLIENT').spanId,
    );
    await close();
  });

  it('a denial, at once or later, never reaches the wire, on both majors and for every request', async () => {
    for (const connect of [() => v1.connectPair(), () => v2.connectPair()]) {
      const pair = await connect();
      const denial = { errorType: 'budget_exceeded' as const, error: new Error('no budget') };
      for (const hook of [() => ({ decisions: [], denial }), async () => ({ decisions: [], denial })]) {
        await agent.reset();
        runtime().setGuards({ decide: hook });
        await assert.rejects(pair.client.callTool({ name: 'echo' }), denial.error);
        await assert.rejects(pair.client.readResource({ uri: 'test://greeting' }), denial.error);
        assert.deepEqual(
          agent.spans().map(({ kind, name, attributes }) => [kind, name, attributes['error.type']]),
          [
            ['CLIENT', 'tools/call echo', 'budget_exceeded'],
            ['CLIENT', 'resources/read', 'budget_exceeded'],
          ],
        );
      }
      runtime().setGuards(undefined);
      await pair.client.callTool({ name: 'echo' });
      await pair.close();
    }
  });

  it('a hook that throws lets the call go on, and is counted', async () => {
    const { client, close } = await v1.connectPair();
    runtime().setGuards({
      decide: () => {
        throw new Error('guard broke');
      },
    });
    await client.callTool({ name: 'echo' });
    assert.ok((internalErrorCounts().get('guards') ?? 0) >= 1);
    await close();
  });

  it('guards decide also when telemetry is off, and recorders hear of it', async () => {
    const { client, close } = await v1.connectPair();
    agent.instrumentation.setConfig({ enabled: false });
    await agent.reset();
    runtime().setGuards({
      decide: () => ({
        decisions: [],
        denial: { errorType: 'access_denied', error: new Error('denied') },
      }),
    });
    const { calls } = await recorded(() => assert.rejects(client.callTool({ name: 'echo' }), /denied/));
    assert.deepEqual(
      calls.map(({ outcome }) => outcome.status),
      ['denied'],
    );
    assert.deepEqual(agent.spans(), []);
    runtime().setGuards(undefined);
    await close();
  });
});

describe('hooks and switches', () => {
  it('requestHook and responseHook see span, call and record; what they throw is swallowed', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    agent.instrumentation.setConfig({
      requestHook: (span, call) => {
        span.setAttribute('app.method', call.method);
        throw new Error('hook broke');
      },
      responseHook: (span, { outcome }) => {
        span.setAttribute('app.status', outcome.status);
        throw new Error('hook broke');
      },
    });
    await client.callTool({ name: 'echo' });
    const { attributes } = agent.span('tools/call echo', 'CLIENT');
    assert.deepEqual([attributes['app.method'], attributes['app.status']], ['tools/call', 'success']);
    agent.instrumentation.setConfig({ requestHook: () => {}, responseHook: () => {} });
    await close();
  });

  it('ignoreMethods: neither span, nor metric, nor injection', async () => {
    const { client, close } = await v1.connectPair();
    agent.instrumentation.setConfig({ ignoreMethods: ['tools/call', 'ping'] });
    await agent.reset();
    const result = await client.callTool({ name: 'whoami' });
    await client.ping();
    await client.listTools();
    assert.deepEqual(result.content, [{ type: 'text', text: '{}' }]);
    assert.deepEqual([...new Set(agent.spans().map(({ name }) => name))], ['tools/list']);
    assert.deepEqual(await agent.collect('mcp.tool.calls'), []);
    await close();
  });

  it('a suppressed tracing context: no span and no injection', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    const result = await context.with(core.suppressTracing(context.active()), () =>
      client.callTool({ name: 'whoami' }),
    );
    assert.deepEqual(result.content, [{ type: 'text', text: '{}' }]);
    assert.deepEqual(
      agent.spans().filter(({ kind }) => kind === 'CLIENT'),
      [],
    );
    await close();
  });

  it('disable() restores the untouched behaviour, also of what is connected; enable() takes it up again', async () => {
    const { client, close } = await v1.connectPair();
    const modern = await v2.connectModern(() => v2.makeServer());
    agent.instrumentation.disable();
    await agent.reset();
    const result = await client.callTool({ name: 'whoami' });
    assert.deepEqual(result.content, [{ type: 'text', text: '{}' }]);
    await modern.client.callTool({ name: 'echo' });
    assert.deepEqual(agent.spans(), []);
    agent.instrumentation.enable();
    await client.callTool({ name: 'whoami' });
    await modern.client.callTool({ name: 'echo' });
    assert.match(String(agent.span('tools/call whoami', 'CLIENT').attributes['jsonrpc.request.id']), /^\d+$/);
    const served = agent.span('tools/call echo', 'SERVER');
    assert.equal(served.parentId, agent.span('tools/call echo', 'CLIENT').spanId);
    await close();
    await modern.close();
  });

  it('disable() leaves guards in force, and takes the patch off when they go; guards that come put it on again', async () => {
    const denial = { errorType: 'access_denied' as const, error: new Error('no') };
    const guards = { decide: () => ({ decisions: [], denial }) };
    const { client, close } = await v1.connectPair();
    runtime().setGuards(guards);
    agent.instrumentation.disable();
    await assert.rejects(client.callTool({ name: 'echo' }), { message: 'no' });
    runtime().setGuards(undefined);
    assert.ok(await client.callTool({ name: 'echo' }));
    runtime().setGuards(guards);
    await assert.rejects(client.callTool({ name: 'echo' }), { message: 'no' });
    runtime().setGuards(undefined);
    agent.instrumentation.enable();
    await close();
  });

  it('disable() gives the prototypes back as they were', async () => {
    const methods = (prototype: object) =>
      Object.fromEntries(
        Object.getOwnPropertyNames(prototype).map((name) => [
          name,
          Object.getOwnPropertyDescriptor(prototype, name)?.value as unknown,
        ]),
      );
    const owners = [
      v1.Client.prototype,
      v2.Client.prototype,
      Object.getPrototypeOf(v1.Client.prototype) as object,
    ];
    const patched = owners.map(methods);
    agent.instrumentation.disable();
    const plain = owners.map(methods);
    assert.notDeepEqual(patched, plain);
    for (const [index, table] of plain.entries()) {
      for (const [name, method] of Object.entries(table)) {
        const wrapper = patched[index]?.[name];
        if (typeof method !== 'function' || wrapper === method) continue;
        assert.deepEqual(
          [(wrapper as typeof method).name, (wrapper as typeof method).length],
          [method.name, method.length],
          name,
        );
      }
    }
    agent.instrumentation.enable();
    assert.deepEqual(Object.keys(patched[0] ?? {}), Object.keys(plain[0] ?? {}));
  });

  it('the span is active inside the server’s handler, and inside what the client’s call does', async () => {
    const server = v1.makeServer();
    let active: string | undefined;
    server.setRequestHandler(v1.types.CallToolRequestSchema, async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      active = trace.getActiveSpan()?.spanContext().spanId;
      return { content: [] };
    });
    const { client, close } = await v1.connectPair(v1.makeClient(), server);
    await agent.reset();
    await client.callTool({ name: 'x' });
    assert.equal(active, agent.span('tools/call x', 'SERVER').spanId);
    assert.equal(trace.getActiveSpan(), undefined, 'and not outside');
    await close();
  });
});
