/** The monitor looks at a call when the agent has its result, not before. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'test/process/programs/order.cjs');

for (const [name, audit] of [
  ['with an audit log', { dir: 'audit' }],
  ['without one', undefined],
] as const) {
  test(`a call is looked at when the agent has its result, ${name}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'monitor-order-'));
    try {
      const file = join(folder, 'policy.json');
      writeFileSync(file, JSON.stringify({ version: 1, id: 'order', mode: 'observe', monitor: {}, audit }));
      const env = {
        OTEL_MCP_SDK: 'off',
        MCP_GUARD_POLICY: file,
        MONITOR: join(REPOSITORY, 'build/src/monitor/monitor.js'),
      };
      const { stdout } = expectExit(await runProgram(PROGRAM, { preload: 'require', env }));
      const had = new Set<string>();
      let looked = 0;
      for (const [what, tool] of JSON.parse(stdout) as [string, string][]) {
        if (what === 'result') had.add(tool);
        else assert.ok(had.has(tool), `${tool} was looked at before its result was there`);
        looked += Number(what === 'observed');
      }
      assert.deepEqual([had.size, looked], [200, 200]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
