/** Connections of the AI SDK's client: counted while they are up, ended however they end, and nothing of them is kept. */
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

import { connectionOf } from '../../src/sdk/connection';
import { REPOSITORY } from '../support/installs';
import { startAgent } from './support/agent';
import { AI_SDKS, aiSdk, answering, callTool, connectPair, onElicitation } from './support/ai-sdk';
import type { AiSdk, AiTransport } from './support/ai-sdk';
import * as v1 from './support/v1';

const LEGACY_SERVER = join(REPOSITORY, 'test/sdk/programs/legacy-server.cjs');
const ROUNDS = 1_000;

const agent = startAgent();
beforeEach(() => agent.reset());

async function active(): Promise<number> {
  const points = await agent.collect('mcp.active_connections');
  return points.reduce((sum, { value }) => sum + value, 0);
}
afterEach(async () => assert.equal(await active(), 0));

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (await condition()) return;
    await wait(20);
  }
  assert.fail(what);
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const stdio = (sdk: AiSdk) => new sdk.StdioMCPTransport({ command: process.execPath, args: [LEGACY_SERVER] });

for (const name of AI_SDKS) {
  describe(name, () => {
    before(() => aiSdk(name));

    it('close() by the client, twice: +1, then 0, one session', async () => {
      const { client } = await connectPair(await aiSdk(name));
      assert.equal(await active(), 1);
      await client.close();
      await client.close();
      assert.equal(await active(), 0);
      assert.equal((await agent.collect('mcp.client.session.duration'))[0]?.histogram?.count, 1);
    });

    it('the server closes', async () => {
      const server = v1.makeServer();
      await connectPair(await aiSdk(name), {}, server);
      assert.equal(await active(), 1);
      await server.close();
    });

    for (const tool of ['exit', 'crash']) {
      it(`stdio: the server process ends during a call (${tool})`, async () => {
        const sdk = await aiSdk(name);
        const client = await sdk.createMCPClient({ transport: stdio(sdk) });
        assert.equal(await active(), 1);
        await assert.rejects(callTool(client, tool), /Connection closed/);
        const span = agent.span(`tools/call ${tool}`, 'CLIENT');
        assert.equal(span.attributes['error.type'], 'connection_closed');
      });
    }

    it('over the transport of the MCP SDK', async () => {
      const sdk = await aiSdk(name);
      const transport = new StdioClientTransport({ command: process.execPath, args: [LEGACY_SERVER] });
      const client = await sdk.createMCPClient({ transport: transport as unknown as AiTransport });
      assert.equal(await active(), 1);
      await callTool(client, 'echo', { text: 'x' });
      const { attributes } = agent.span('tools/call echo', 'CLIENT');
      assert.equal(attributes['network.transport'], 'pipe');
      await client.close();
    });

    it('a client that was made before we came: its first call is its first span', async () => {
      const sdk = await aiSdk(name);
      agent.instrumentation.disable();
      const { client, close } = await connectPair(sdk);
      agent.instrumentation.enable();
      await callTool(client, 'echo', { text: 'x' });
      const call = agent.span('tools/call echo', 'CLIENT');
      assert.equal(call.attributes['jsonrpc.request.id'], '1');
      assert.equal(await active(), 1);
      await close();
    });

    it('a client dropped without close() is no connection any more once it is collected', async () => {
      await (async () => {
        await connectPair(await aiSdk(name));
      })();
      assert.equal(await active(), 1);
      await until(async () => {
        gc();
        await wait(5);
        return (await active()) === 0;
      }, 'the dropped client is counted down');
    });

    it(`${ROUNDS} clients made, used and closed leave nothing`, async () => {
      const sdk = await aiSdk(name);
      const made: WeakRef<object>[] = [];
      for (let round = 0; round < ROUNDS; round += 1) made.push(...(await useOnce(sdk, round)));
      assert.equal(made.length, ROUNDS * 2.9);
      const kept = () => made.filter((one) => one.deref() !== undefined).length;
      await until(async () => {
        gc();
        await wait(5);
        return kept() === 0;
      }, 'clients, transports or connections are kept');
      assert.equal((await agent.collect('mcp.client.session.duration'))[0]?.histogram?.count, ROUNDS * 0.9);
    });
  });
}

/**
 * A call that goes well, one that fails, one that is aborted; every tenth handshake fails.
 *
 * @returns what is to be collected: connection, transport and client
 */
async function useOnce(sdk: AiSdk, round: number): Promise<WeakRef<object>[]> {
  const transport = answering();
  if (round % 10 === 9) {
    transport.send = () => Promise.reject(new Error('the pipe broke'));
    await assert.rejects(sdk.createMCPClient({ transport }));
    return [new WeakRef(connectionOn(transport)), new WeakRef(transport)];
  }
  const client = await sdk.createMCPClient({ transport });
  const made = [connectionOn(transport), transport, client].map((one) => new WeakRef(one));
  if (sdk.name.startsWith('@ai-sdk/mcp')) onElicitation(sdk, client, () => ({ action: 'accept' }));
  await callTool(client, 'echo');
  await assert.rejects(callTool(client, 'rpc'));
  const abort = new AbortController();
  const aborted = callTool(client, 'echo', {}, { signal: abort.signal });
  abort.abort();
  await assert.rejects(aborted);
  await client.close();
  return made;
}

function connectionOn(transport: AiTransport): object {
  const connection = connectionOf(transport);
  assert.ok(connection !== undefined);
  return connection;
}
