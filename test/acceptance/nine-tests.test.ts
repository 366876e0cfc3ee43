/**
 * The implementation summary's nine tests, against real servers: under `enforce` the record in front of the server shows
 * that a denied call never came, under `observe` it came and the decision says that it would have been denied.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertDenials, type Mode } from './support/denials';
import { runGuarded, temporaryFolder, type GuardedRun } from './support/guarded-run';
import { NINE, SIDES } from './support/nine-cases';

const MODES: readonly Mode[] = ['enforce', 'observe'];

/** Every call is told of the user that made it, in audit line and argument alike. */
function assertAttribution({ audit }: GuardedRun): void {
  const lines = audit.filter(({ method }) => method === 'tools/call');
  assert.ok(lines.length >= 1000);
  for (const { user_id, tenant_id, arguments: given = '' } of lines) {
    const [, user, number] = /"(user-(\d)) \d+"/.exec(given) ?? [];
    assert.deepEqual([user_id, tenant_id], [user, `tenant-${Number(number) % 3}`], given);
  }
}

for (const side of SIDES) {
  describe(side.name, { concurrency: 2 }, () => {
    for (const [number, [name, makeCase]] of Object.entries(NINE).entries()) {
      for (const mode of MODES) {
        test(`${number + 1} ${name}: ${mode}`, async (t) => {
          const { server, policy, steps } = makeCase(side, temporaryFolder(t));
          const run = await runGuarded({
            agent: side.agent,
            servers: { main: server },
            policy: { ...policy, mode },
            auditLevel: 'request',
            steps,
          });
          assertDenials(run, steps, mode);
          if (name === 'many contexts at once') assertAttribution(run);
        });
      }
    }
  });
}
