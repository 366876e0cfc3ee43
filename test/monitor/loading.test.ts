/** Without `monitor` in the policy nothing of the monitor is loaded. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const folder = mkdtempSync(join(tmpdir(), 'monitor-loading-'));
after(() => rmSync(folder, { recursive: true }));

async function loadedWith(policy: string | undefined): Promise<string[]> {
  const file = join(folder, 'policy.yaml');
  if (policy !== undefined) writeFileSync(file, `version: 1\nid: test\n${policy}`);
  const env = { OTEL_MCP_SDK: 'off', MCP_GUARD_POLICY: policy === undefined ? undefined : file };
  const result = await runProgram(join(REPOSITORY, 'test/monitor/programs/loads.cjs'), { env });
  expectExit(result, 0);
  return JSON.parse(result.stdout) as string[];
}

describe('the monitor', () => {
  test('is not loaded without a policy, nor by one that has no `monitor`', async () => {
    assert.deepEqual(await loadedWith(undefined), []);
    assert.deepEqual(await loadedWith('limits: { rate: [{ points: 5, window: 60s }] }\n'), []);
  });

  test('is loaded by one that has', async () => {
    const loaded = await loadedWith('monitor: {}\n');
    assert.ok(
      loaded.includes('monitor.js') && loaded.includes(join('anomaly', 'detectors.js')),
      loaded.join(' '),
    );
  });
});
