/** `audit.log_records` of the policy is enough: the private SDK then exports log records that nobody else asked for. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { REPOSITORY } from '../../support/installs';
import { startOtlpReceiver } from '../../support/otlp-receiver';
import { expectExit, runProgram } from '../../support/run-program';

const AGENT = join(REPOSITORY, 'test/programs/agent-v1.cjs');

for (const isAsked of [true, false]) {
  test(`log_records: ${isAsked}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-log-records-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const receiver = await startOtlpReceiver();
    t.after(() => receiver.close());
    const policy = join(folder, 'policy.yaml');
    writeFileSync(policy, `{ version: 1, id: p, audit: { dir: ./audit, log_records: ${isAsked} } }`, {
      mode: 0o600,
    });
    expectExit(
      await runProgram(AGENT, {
        preload: 'require',
        env: { ...receiver.env(), OTEL_LOGS_EXPORTER: undefined, MCP_GUARD_POLICY: policy },
      }),
    );
    const [file = ''] = readdirSync(join(folder, 'audit'));
    const lines = readFileSync(join(folder, 'audit', file), 'utf8')
      .trim()
      .split('\n');
    const records = receiver.logs.filter(({ eventName }) => eventName === 'mcpguard.audit.record');
    assert.ok(lines.length > 3);
    // Neither the line of the beginning, which comes before the SDK, nor that of the end, after it.
    if (isAsked) assert.ok(records.length >= lines.length - 2, `${records.length} of ${lines.length}`);
    else assert.deepEqual(receiver.logs, []);
  });
}
