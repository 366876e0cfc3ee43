/** How the patch meets a process: connections made before it, classes handed over twice, subclasses, other rejections. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';

import { instrument } from '../../src/index';
import { startAgent } from './support/agent';
import type { Agent } from './support/agent';
import * as v1 from './support/v1';
import * as v2 from './support/v2';

let agent: Agent;
let early: v1.Pair;
let earlyV2: v2.Pair;
before(async () => {
  // Connected before anything of ours was there.
  early = await v1.connectPair();
  earlyV2 = await v2.connectPair();
  agent = startAgent();
});
beforeEach(() => agent.reset());

describe('the patch', () => {
  it('takes up a connection made before it at its first call', async () => {
    for (const { client } of [early, earlyV2]) {
      await agent.reset();
      const result = await client.callTool({ name: 'whoami' });
      const call = agent.span('tools/call whoami', 'CLIENT');
      assert.match(String(call.attributes['jsonrpc.request.id']), /^\d+$/);
      assert.match((result.content as { text: string }[])[0]?.text ?? '', new RegExp(call.spanId));
    }
    const open = async () =>
      (await agent.collect('mcp.active_connections')).reduce((sum, { value }) => sum + value, 0);
    assert.equal(await open(), 2);
    await early.close();
    await earlyV2.close();
    assert.equal(await open(), 0);
  });

  it('handing the same classes over again changes nothing: one span per call', async () => {
    instrument({ Client: v1.Client, Server: v1.Server });
    instrument({ Client: v1.Client });
    const { client, close } = await v1.connectPair();
    await agent.reset();
    await client.callTool({ name: 'echo' });
    assert.equal(agent.spans().length, 2);
    await close();
  });

  it('subclasses of a client are traced, their own overrides included', async () => {
    class Mine extends v1.Client {
      override async callTool(...args: Parameters<v1.Client['callTool']>): ReturnType<v1.Client['callTool']> {
        return super.callTool(...args);
      }
    }
    const client = new Mine({ name: 'mine', version: '1' }, { capabilities: {} });
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    await v1.makeServer().connect(serverSide);
    await client.connect(clientSide);
    await agent.reset();
    await client.callTool({ name: 'echo' });
    assert.equal(agent.span('tools/call echo', 'CLIENT').attributes['gen_ai.agent.name'], 'mine');
    await client.close();
  });

  it('a namespace whose bindings throw, or that holds nothing of MCP, is passed over', () => {
    assert.doesNotThrow(() => {
      instrument({});
      instrument({ Client: undefined, Server: 7, Protocol: () => {} });
      instrument({
        get Client(): unknown {
          throw new ReferenceError('in its temporal dead zone');
        },
      });
    });
  });

  it('the caller gets the SDK’s own result and error objects', async () => {
    const { client, close } = await v1.connectPair();
    const reason = new Error('why not');
    const abort = AbortSignal.abort(reason);
    const thrown = await client
      .callTool({ name: 'echo' }, undefined, { signal: abort })
      .catch((error: unknown) => error);
    assert.ok(thrown === reason || (thrown as { code?: unknown }).code === -32_001);
    await assert.rejects(client.callTool({ name: 'rpc', arguments: { code: 7 } }), v1.types.McpError);
    await close();
  });

  it('a rejection that the agent does not handle stays unhandled: it is the agent’s to see', async () => {
    const { client, close } = await v1.connectPair();
    const seen: unknown[] = [];
    const listener = (error: unknown) => void seen.push(error);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', listener);
    void client.callTool({ name: 'throw' });
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    process.removeListener('unhandledRejection', listener);
    for (const other of others) process.on('unhandledRejection', other);
    assert.deepEqual(
      seen.map((error) => (error as { code?: unknown }).code),
      [-32_603],
    );
    await close();
  });

  it('a message that leaves in the same tick without us leaves in the same tick with us', async () => {
    const { client, close } = await v1.connectPair();
    const { transport } = client;
    let sent = 0;
    const send = transport?.send.bind(transport);
    if (transport !== undefined && send !== undefined) {
      transport.send = (...args) => {
        sent += 1;
        return send(...args);
      };
    }
    const pending = client.callTool({ name: 'echo' });
    assert.equal(sent, 1);
    await pending;
    await close();
  });
});
