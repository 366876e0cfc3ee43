/** A policy of every guard that would deny whatever it can, and only observes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readAuditRecords } from '../../../src/audit/reader';
import { verifyAudit } from '../../../src/audit/verify';
import type { PolicyInput } from '../../../src/policy/schema';

export interface ObservingPolicy {
  readonly env: Readonly<Record<string, string>>;
  /** Fails unless the policy was in force and would have denied a lot. */
  check(): Promise<void>;
  remove(): void;
}

/** What a server may ask of a client. */
const INCOMING = ['sampling/createMessage', 'elicitation/create', 'roots/list'];

const policyIn = (folder: string): PolicyInput => ({
  version: 1,
  id: 'watching',
  mode: 'observe',
  identity: { required: true, bind_session: true },
  servers: { '*': { action: 'deny' } },
  rules: [
    { id: 'nothing', allow: { tool: 'no-such-tool' } },
    { id: 'never', deny: { method: INCOMING } },
  ],
  limits: {
    size: { request_bytes: 2, depth: 1, keys: 1 },
    rate: [{ id: 'one-call', per: ['server'], points: 1, window: '1h' }],
    budget: [{ id: 'one-point', per: ['server'], points: 1, window: 'total' }],
  },
  paths: { root: join(folder, 'empty'), args: ['**.text', 'text', 'uri'] },
  urls: { args: ['**.text', 'text', 'uri'] },
  content: { hidden_characters: 'strip', patterns: [{ id: 'anything', regex: '.' }] },
  tools_pin: { file: join(folder, 'tools.lock.json'), on_new: 'deny' },
  breaker: { consecutive: 1, count: ['timeout', 'transport', 'rpc', 'tool_error'] },
  timeout: { default: '1ms' },
  retry: { max: 3 },
  on_error: { default: 'closed' },
  deny_as: 'result',
  audit: { dir: join(folder, 'audit'), level: 'full' },
});

export function observingPolicy(): ObservingPolicy {
  const folder = mkdtempSync(join(tmpdir(), 'observing-'));
  const file = join(folder, 'policy.json');
  writeFileSync(file, JSON.stringify(policyIn(folder)), { mode: 0o600 });
  return {
    env: { MCP_GUARD_POLICY: file },
    async check() {
      const { problems } = await verifyAudit([join(folder, 'audit')]);
      assert.deepEqual(
        problems.filter(({ severity }) => severity === 'broken'),
        [],
      );
      const guards = new Set<string | undefined>();
      for await (const { action, decisions } of readAuditRecords([join(folder, 'audit')])) {
        assert.notEqual(action, 'blocked');
        for (const { guard, verdict } of decisions ?? []) if (verdict !== 'allow') guards.add(guard);
      }
      for (const guard of ['server_allowlist', 'identity', 'tool_allowlist', 'input_size']) {
        assert.ok(
          guards.has(guard),
          `${guard} would have denied; those that would: ${[...guards].join(' ')}`,
        );
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
