/** The end of the process is one of the ways a connection ends: nothing is left open in what is delivered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { join } from 'node:path';

import { REPOSITORY } from '../support/installs';
import type { OtlpReceiver } from '../support/otlp-receiver';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { expectExit, runProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'test/sdk/programs/exit-while-connected.cjs');

/** Runs the program; again on a machine so busy that the last flush ran into its cap of 1 s, which it says. */
async function deliveredBy(how: string, code: number): Promise<OtlpReceiver> {
  for (let attempt = 1; ; attempt += 1) {
    const receiver = await startOtlpReceiver();
    const env = receiver.env('http/json');
    const result = await runProgram(PROGRAM, { preload: 'require', args: [how], env });
    await receiver.close();
    expectExit(result, code);
    if (!result.stderr.includes('not delivered')) return receiver;
    assert.ok(attempt < 4, result.stderr);
  }
}

describe('a process that ends with a connection open', () => {
  for (const [how, code] of [
    ['exit', 5],
    ['throw', 1],
    ['end', 0],
  ] as const) {
    it(`${how}: the connection counts down, its session is recorded, a call under way is process_exit`, async () => {
      const receiver = await deliveredBy(how, code);
      const newest = (name: string) => receiver.points.filter((point) => point.name === name).at(-1);
      assert.equal(newest('mcp.active_connections')?.value, 0);
      assert.equal(newest('mcp.client.session.duration')?.count, 1);
      const spans = receiver.spans.filter(
        ({ kind, name }) => kind === 'CLIENT' && name.startsWith('tools/call'),
      );
      const ended = new Map(spans.map(({ name, attributes }) => [name, attributes['error.type']]));
      const underWay = how === 'end' ? [] : [['tools/call forever', 'process_exit'] as const];
      assert.deepEqual(ended, new Map([['tools/call done', undefined], ...underWay]));
    });
  }
});
