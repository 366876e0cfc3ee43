/**
 * An agent with a monitor ends directly after its calls, on every way that leaves JavaScript a moment: it ends as without one,
 * every call was looked at or is counted as lost, and a finding is one in the metric, the audit log, the spans and the logs.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { readAuditRecords } from '../../src/audit/reader';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { explain, runProgram, type ProgramResult } from '../support/run-program';

const CALLS = 400;
/** Raises a finding for every call. */
const RULE = `title: every call
name: every_call
detection:
  call: { category: tool_execution }
  condition: call
realert: 0s
`;
const ENDS = { natural: 0, exit: 3, throw: 1, SIGTERM: 'SIGTERM' } as const;

interface Ended {
  readonly program: ProgramResult;
  /** Lines of the audit log, by event. */
  readonly lines: Readonly<Record<string, number>>;
  /** Of the folder with the policy. */
  readonly files: readonly string[];
  readonly state: string | undefined;
  readonly receiver: OtlpReceiver;
}

async function end(how: string, monitor: object | undefined): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'monitor-end-'));
  const receiver = await startOtlpReceiver();
  try {
    writeFileSync(join(folder, 'rule.yaml'), RULE);
    const policy = { version: 1, id: 'end', mode: 'observe', audit: { dir: 'audit' }, monitor };
    const file = join(folder, 'policy.json');
    writeFileSync(file, JSON.stringify(policy));
    const program = await runProgram(join(REPOSITORY, 'test/process/programs/many-calls.cjs'), {
      preload: 'require',
      args: [how, String(CALLS)],
      env: { ...receiver.env(), OTEL_LOGS_EXPORTER: undefined, MCP_GUARD_POLICY: file },
    });
    const lines: Record<string, number> = {};
    for await (const { event } of readAuditRecords([join(folder, 'audit')]))
      lines[event] = (lines[event] ?? 0) + 1;
    const files = readdirSync(folder);
    const kept = join(folder, 'state.json');
    if (files.includes('state.json')) assert.equal(statSync(kept).mode & 0o777, 0o600);
    const state = files.includes('state.json') ? readFileSync(kept, 'utf8') : undefined;
    return { program, lines, files, state, receiver };
  } finally {
    await receiver.close();
    rmSync(folder, { recursive: true });
  }
}

const valueOf = ({ receiver }: Ended, name: string, label: string, value: string): number => {
  const points = receiver.points.filter((one) => one.name === name && one.attributes[label] === value);
  assert.ok(points.length > 0, receiver.summary());
  return Number(points.at(-1)!.value);
};

describe('an agent with a monitor ends', { concurrency: 2 }, () => {
  for (const [how, code] of Object.entries(ENDS)) {
    test(how, async () => {
      const monitor = { rules: ['rule.yaml'], anomaly: { enabled: false }, state_file: 'state.json' };
      const [without, ended] = [await end(how, undefined), await end(how, monitor)];
      for (const { program } of [without, ended]) {
        assert.equal(program.signal ?? program.code, code, explain(program));
        assert.equal(program.stdout, `${CALLS}\n`);
      }
      assert.deepEqual(ended.lines, {
        ...without.lines,
        mcp_security_alert: ended.lines['mcp_security_alert'],
      });
      const found = valueOf(ended, 'mcpguard.findings', 'rule', 'every_call');
      const lost = valueOf(ended, 'mcpguard.monitor.dropped', 'reason', 'queue_full');
      assert.ok(found > 0);
      assert.equal(found + lost, CALLS, explain(ended.program));
      assert.equal(ended.lines['mcp_security_alert'], found);
      const { spans, logs } = ended.receiver;
      assert.equal(spans.filter(({ name }) => name === 'mcpguard.finding').length, found);
      assert.equal(logs.filter(({ eventName }) => eventName === 'mcpguard.finding').length, found);
      // Its lock is gone, and what it knows is as much as it looked at.
      assert.deepEqual(ended.files, ['audit', 'policy.json', 'rule.yaml', 'state.json']);
      assert.match(ended.state ?? '', /"tool","inmemory\\u0000echo"/);
    });
  }
});
