/** 1,000 interleaved calls of 50 users through one client of the SDK: see support/concurrency.ts. */
import { beforeEach } from 'node:test';

import { startAgent } from './support/agent';
import { describeConcurrency } from './support/concurrency';
import type { AnyPair } from './support/concurrency';
import * as v1 from './support/v1';
import * as v2 from './support/v2';

const agent = startAgent();
beforeEach(() => agent.reset());

const ofV2 = ({ client, close }: v2.Pair): AnyPair => ({
  callTool: (params, options) => client.callTool(params, options),
  close,
});

describeConcurrency(agent, 'SDK 1.x', async () => {
  const { client, close } = await v1.connectPair();
  return { callTool: (params, options) => client.callTool(params, undefined, options), close };
});
describeConcurrency(agent, 'SDK v2', async () => ofV2(await v2.connectPair()));
describeConcurrency(agent, 'SDK v2, protocol 2026-07-28', async () =>
  ofV2(await v2.connectModern(() => v2.makeServer())),
);
