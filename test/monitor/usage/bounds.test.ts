/** Memory of the usage of more users than are remembered. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { REPOSITORY } from '../../support/installs';
import { expectExit, runProgram } from '../../support/run-program';

const PROGRAM = join(REPOSITORY, 'test/monitor/usage/programs/many-users.cjs');
const MEGABYTE = 1_000_000;

interface Printed {
  readonly bytes: number;
  readonly known: Record<string, number>;
  readonly evicted: Record<string, number>;
}

test('100,000 users of 200 tools take less than 16 MB, and what is forgotten for that is counted', async () => {
  const result = expectExit(await runProgram(PROGRAM, { nodeArgs: ['--expose-gc'], timeoutMs: 120_000 }));
  const { bytes, known, evicted } = JSON.parse(result.stdout) as Printed;
  assert.deepEqual(known, { tools: 200, users: 10_000, user_tools: 10_000 });
  assert.ok(bytes < 16 * MEGABYTE, `${bytes} bytes`);
  // Every call is most likely one of a user who was forgotten, or has not called the tool lately.
  assert.ok(
    evicted['usage_user']! > 240_000 && evicted['usage_user_tool']! > 280_000,
    JSON.stringify(evicted),
  );
  assert.equal(evicted['usage_tool'], undefined);
});
