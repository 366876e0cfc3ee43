/** Tasks of SDK 1.24 and later: every leg of `callToolStream` is traced, and the tool call counts once. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';

import { startAgent } from './support/agent';
import * as v1 from './support/v1';

const agent = startAgent();
beforeEach(() => agent.reset());

/** A server whose tools `later` and `broken` are tasks of 40 ms. */
function makeTaskServer(): McpServer {
  const server = new McpServer(
    { name: 'tasks', version: '1.0.0' },
    {
      capabilities: { tools: {}, tasks: { requests: { tools: { call: {} } }, cancel: {}, list: {} } },
      taskStore: new InMemoryTaskStore(),
    },
  );
  for (const name of ['later', 'broken']) {
    server.experimental.tasks.registerToolTask(
      name,
      { execution: { taskSupport: 'required' } },
      {
        createTask: async ({ taskStore }) => {
          const task = await taskStore.createTask({ ttl: 1_500, pollInterval: 15 });
          setTimeout(() => {
            const failed = name === 'broken';
            const content = [{ type: 'text' as const, text: name }];
            void taskStore.storeTaskResult(task.taskId, failed ? 'failed' : 'completed', {
              content,
              ...(failed ? { isError: true } : {}),
            });
          }, 40);
          return { task };
        },
        getTask: async ({ taskStore, taskId }) => taskStore.getTask(taskId) as never,
        getTaskResult: async ({ taskStore, taskId }) => taskStore.getTaskResult(taskId) as never,
      },
    );
  }
  return server;
}

async function runTask(name: string): Promise<string[]> {
  const client = new v1.Client({ name: 'agent', version: '1.0.0' }, { capabilities: {} });
  const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
  await makeTaskServer().connect(serverSide);
  await client.connect(clientSide);
  await client.listTools();
  await agent.reset();
  const stages: string[] = [];
  const stream = client.experimental.tasks.callToolStream({ name, arguments: {} });
  for await (const message of stream) stages.push(message.type);
  await client.close();
  return stages;
}

describe('tasks', () => {
  it('the call, each poll and the fetch of the result are spans on either side', async () => {
    const stages = await runTask('later');
    assert.equal(stages[0], 'taskCreated');
    assert.equal(stages.at(-1), 'result');
    const clients = agent.spans().filter(({ kind }) => kind === 'CLIENT');
    assert.equal(clients.at(0)?.name, 'tools/call later');
    assert.equal(clients.filter(({ name }) => name === 'tools/call later').length, 1);
    assert.ok(clients.filter(({ name }) => name === 'tasks/get').length >= 1);
    assert.equal(clients.filter(({ name }) => name === 'tasks/result').length, 1);
    const served = agent.spans().filter(({ kind }) => kind === 'SERVER');
    for (const span of clients) {
      assert.equal(span.status, 'UNSET', span.name);
      assert.equal(served.filter(({ parentId }) => parentId === span.spanId).length, 1, span.name);
    }
    assert.equal(agent.span('tasks/result', 'CLIENT').attributes['gen_ai.operation.name'], undefined);
    const calls = await agent.collect('mcp.tool.calls');
    assert.deepEqual(
      calls.map(({ attributes, value }) => [attributes['tool_name'], attributes['status'], value]),
      [['later', 'success', 1]],
    );
  });

  it('a task that fails: its call ended well, as the protocol says; nothing is left open', async () => {
    await runTask('broken');
    assert.equal(agent.span('tools/call broken', 'CLIENT').status, 'UNSET');
    const open = (await agent.collect('mcp.active_connections')).reduce((sum, { value }) => sum + value, 0);
    assert.equal(open, 0);
  });

  it('callTool of a tool that must be a task is refused by the SDK before any request: one failed span', async () => {
    const client = new v1.Client({ name: 'agent', version: '1.0.0' }, { capabilities: {} });
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    await makeTaskServer().connect(serverSide);
    await client.connect(clientSide);
    await client.listTools();
    await agent.reset();
    await assert.rejects(client.callTool({ name: 'later' }), /requires task-based execution/);
    const span = agent.span('tools/call later', 'CLIENT');
    assert.deepEqual([span.status, span.attributes['rpc.response.status_code']], ['ERROR', undefined]);
    assert.equal(span.attributes['jsonrpc.request.id'], undefined);
    await client.close();
  });
});
