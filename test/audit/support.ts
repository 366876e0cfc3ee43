/** A log in a folder of its own, calls to put into it, and what is in it then. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { auditKeys } from '../../src/audit/keys';
import { AuditLog, type AuditLogOptions } from '../../src/audit/log';
import { auditRecordSchema, type AuditRecord } from '../../src/audit/schema';
import { verifyAudit } from '../../src/audit/verify';
import type { Decision, McpCall, Outcome, Session } from '../../src/core/call';

export const SECRET = Buffer.alloc(32, 7);

export function temporaryFolder(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openLog(
  place: { dir: string } | { file: string },
  policy: Partial<AuditLogOptions['policy']> = {},
  options: Partial<AuditLogOptions> = {},
): AuditLog {
  return new AuditLog({
    policy: {
      level: 'metadata',
      max_bytes: 1024,
      redact: [],
      fsync: 'none',
      on_failure: 'continue',
      retention_days: 90,
      log_records: false,
      rotate_bytes: 268_435_456,
      ...place,
      ...policy,
    },
    policyDigest: '0123456789ab',
    keys: auditKeys(SECRET),
    denialKind: () => 'access_denied',
    ...options,
  });
}

const SESSION: Session = {
  role: 'client',
  startedAt: 0,
  transport: 'stdio',
  identity: '["npx","server","--token","secret"]',
  serverId: 'filesystem',
  protocolVersion: undefined,
  sessionId: undefined,
  serverName: undefined,
  clientName: undefined,
};

export function toolCall(changes: Partial<McpCall> = {}): McpCall {
  return {
    direction: 'outgoing',
    kind: 'request',
    method: 'tools/call',
    target: { type: 'tool', name: 'read_file' },
    params: { name: 'read_file', arguments: { path: '/srv/a.txt' } },
    session: SESSION,
    identity: { userId: 'user123', agentName: 'deploy_agent' },
    requestId: undefined,
    ...changes,
  };
}

export const serverSession: Session = { ...SESSION, role: 'server' };

export function decision(changes: Partial<Decision> = {}): Decision {
  return {
    guard: 'tool_allowlist',
    verdict: 'deny',
    action: 'blocked',
    mode: 'enforce',
    reason: 'not_in_allowlist',
    stage: 'request',
    ...changes,
  };
}

export const ALLOWED = decision({
  guard: 'identity',
  verdict: 'allow',
  action: 'allowed',
  reason: 'allowed',
});

/** A whole call: the guards decide, the call ends. */
export function runCall(
  log: AuditLog,
  call: McpCall = toolCall(),
  decisions: readonly Decision[] = [],
  outcome: Outcome = { status: 'success' },
): void {
  log.decided(call, decisions);
  log.record({ call, outcome, decisions, seconds: 0.0452 });
}

/** Files of a folder, oldest name first. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .toSorted((a, b) => a.localeCompare(b))
    .map((name) => join(folder, name));
}

/** Records of a file, each checked against the schema. */
export function recordsOf(file: string): AuditRecord[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => auditRecordSchema.parse(JSON.parse(line.slice(line.indexOf('{')))));
}

/** Kinds of problems that verifying finds, in alphabetical order. */
export async function problemsIn(
  inputs: readonly string[],
  options: Parameters<typeof verifyAudit>[1] = { secret: SECRET },
): Promise<string[]> {
  const { problems } = await verifyAudit(inputs, options);
  return problems.map(({ kind }) => kind).toSorted((a, b) => a.localeCompare(b));
}
