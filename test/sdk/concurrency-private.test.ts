/** The same 1,000 calls with our private SDK: no context manager is registered, parents travel in our own storage. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { REPOSITORY, packages } from '../support/installs';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { expectExit, startProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'test/sdk/programs/private-concurrency.mjs');

/** The client's name, and what the program is told of it. */
const CLIENTS: Readonly<Record<string, () => Promise<string> | string>> = {
  'SDK v1': () => 'v1',
  'SDK v2': () => 'v2',
  'the AI SDK’s client': async () => {
    const folder = await packages(['@ai-sdk/mcp@2.0.99']);
    return pathToFileURL(join(folder, 'node_modules/@ai-sdk/mcp/dist/index.js')).href;
  },
};

/** What a handler asks the client while it works. */
const QUESTION = /^(?:roots|elicitation)/;

/** CLIENT and SERVER spans of every call and of the question that its handler asks. */
const EXPECTED = 4_000;

describe('1,000 interleaved calls in private mode', () => {
  for (const [title, which] of Object.entries(CLIENTS)) {
    it(`${title}: every span has the right parent and user`, { timeout: 60_000 }, async () => {
      const receiver = await startOtlpReceiver();
      const env = { ...receiver.env('http/json'), OTEL_BSP_MAX_QUEUE_SIZE: '10000' };
      const program = startProgram(PROGRAM, {
        preload: 'import',
        args: [await which()],
        env,
        timeoutMs: 50_000,
      });
      for (let waited = 0; receiver.spans.length < EXPECTED && waited < 400; waited += 1) await wait(100);
      program.child.stdin.end();
      const result = await program.result;
      await receiver.close();
      assert.equal(expectExit(result).stdout.trim(), 'right 1000');
      // Delivery is at least once: a batch without an answer when the process ends is sent again, under the same span ids.
      const spans = [...new Map(receiver.spans.map((span) => [span.spanId, span])).values()];
      const by = (kind: string, name: RegExp) =>
        spans.filter((span) => span.kind === kind && name.test(span.name));
      const calls = by('CLIENT', /^tools\/call/);
      assert.equal(calls.length, 1_000);
      assert.equal(new Set(calls.map(({ name }) => name)).size, 1_000, 'none doubled');
      const handlers = new Map(by('SERVER', /^tools\/call/).map((span) => [span.parentSpanId, span]));
      const asked = new Map(by('CLIENT', QUESTION).map((span) => [span.parentSpanId, span]));
      const answered = new Map(by('SERVER', QUESTION).map((span) => [span.parentSpanId, span]));
      assert.deepEqual([handlers.size, asked.size, answered.size], [1_000, 1_000, 1_000]);
      for (const call of calls) {
        const n = Number(/\d+$/.exec(call.name)?.[0]);
        assert.equal(call.attributes['user.id'], `user-${n % 50}`);
        assert.ok(!call.parentSpanId, 'a trace of its own');
        const handler = handlers.get(call.spanId);
        const question = asked.get(handler?.spanId ?? '');
        const reply = answered.get(question?.spanId ?? '');
        assert.deepEqual(
          [handler, question, reply].map((span) => span?.traceId),
          [call.traceId, call.traceId, call.traceId],
        );
        assert.equal(handler?.name, call.name);
      }
    });
  }
});
