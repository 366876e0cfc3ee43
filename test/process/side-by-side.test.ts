/**
 * The MCP SDK, both majors, and the AI SDK's own client in one process, on their own transports and on each other's:
 * every message that a server received has one span, and there are no others.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkToolCalls, checkWire, traceparent } from '../support/check-spans';
import { node, packages, programsIn, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { expectExit, runProgram, type Preload } from '../support/run-program';

const SERVER = join(REPOSITORY, 'test/frameworks/server.cjs');
const SDKS = ['@modelcontextprotocol/sdk@1.32.2', '@modelcontextprotocol/client@2.4.0'];

interface Setting {
  aiSdks: string[];
  node: string;
  preload: Preload;
}

const SETTINGS: Setting[] = [
  { aiSdks: ['ai@4.3.19', '@ai-sdk/mcp@1.0.101'], node: process.versions.node, preload: 'require' },
  { aiSdks: ['ai@5.0.0', '@ai-sdk/mcp@2.0.99'], node: '26.10.0', preload: 'import' },
];

interface Message {
  id?: number;
  method?: string;
  params?: { _meta?: { traceparent?: string } };
}

async function run(setting: Setting, receiver?: OtlpReceiver): Promise<{ stdout: string; seen: Message[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'side-by-side-'));
  const record = join(folder, 'record.jsonl');
  try {
    const cwd = await packages([...setting.aiSdks, ...SDKS], setting.node);
    const program = join(await programsIn(cwd), 'side-by-side.mjs');
    const names = setting.aiSdks.map((spec) => spec.replace(/@[\d.]+$/, ''));
    const result = await runProgram(program, {
      cwd,
      node: await node(setting.node),
      args: [SERVER, record],
      preload: receiver === undefined ? 'none' : setting.preload,
      env: { AI_SDKS: names.join(), ...receiver?.env() },
    });
    const lines = readFileSync(record, 'utf8').split('\n').filter(Boolean);
    const seen = lines.map((line) => JSON.parse(line) as Message).filter(({ method }) => method);
    return { stdout: expectExit(result).stdout, seen };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const setting of SETTINGS) {
  describe(`${setting.aiSdks.join(' and ')} beside the MCP SDK`, () => {
    test('no call is missed, and none is doubled', async (t) => {
      const receiver = await startOtlpReceiver();
      t.after(() => receiver.close());
      const [bare, traced] = await Promise.all([run(setting), run(setting, receiver)]);
      assert.equal(traced.stdout, bare.stdout);
      assert.equal(traced.stdout, '9 {"echo true":90,"fail isError":90,"broken it is broken":90}\n');
      assert.equal(traced.seen.length, bare.seen.length);

      // A batch without an answer when the process ends is sent again, under the same span ids.
      const spans = [...new Map(receiver.spans.map((span) => [span.spanId, span])).values()];
      assert.deepEqual(new Set(spans.map(({ kind }) => kind)), new Set(['CLIENT']));
      assert.equal(spans.length, traced.seen.length, 'as many spans as messages');
      assert.deepEqual(checkWire(receiver, traced.seen), []);
      const carried = new Map(traced.seen.map((message) => [message.params?._meta?.traceparent, message]));
      assert.equal(carried.size, spans.length, 'each message has a span of its own');
      for (const span of spans) {
        const id = carried.get(traceparent(span))?.id;
        assert.equal(span.attributes['jsonrpc.request.id'], id === undefined ? undefined : String(id));
      }
      const byTool = (tool: string) => spans.filter(({ name }) => name === `tools/call ${tool}`);
      assert.deepEqual(
        ['echo', 'fail', 'broken'].map((tool) => [
          byTool(tool).length,
          ...new Set(byTool(tool).map(({ attributes }) => attributes['error.type'])),
        ]),
        [
          [90, undefined],
          [90, 'tool_error'],
          [90, '-32603'],
        ],
      );
      assert.deepEqual(checkToolCalls(receiver, { success: 90, error: 180 }), []);
      const operations = receiver.metric('mcp.client.operation.duration');
      assert.equal(
        operations.reduce((sum, { count }) => sum + (count ?? 0), 0),
        spans.length,
      );
    });
  });
}
