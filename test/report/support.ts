/** Logs to make reports of, and the report of one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AuditRecord } from '../../src/audit/schema';
import { buildReport, type ReportOptions } from '../../src/report/build';
import type { Report } from '../../src/report/model';

/** When the reports of these tests are made. */
export const NOW = Date.parse('2026-03-02T12:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const START = Date.parse('2026-03-01T00:00:00Z');

export interface Cleanup {
  after(work: () => void): void;
}

export function temporaryFolder(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'report-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Line = string | Record<string, unknown>;

export function logOf(t: Cleanup, lines: readonly Line[]): string {
  const file = join(temporaryFolder(t), 'run.log');
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(file, texts.map((text) => `${text}\n`).join(''));
  return file;
}

export async function reportOf(
  t: Cleanup,
  lines: readonly Line[],
  options: ReportOptions = {},
): Promise<Report> {
  return buildReport([logOf(t, lines)], { now: NOW, ...options });
}

type Fields = Partial<Record<keyof AuditRecord, unknown>>;

let calls = 0;

/** A tool call of ours that succeeded. */
export function call(fields: Fields = {}): Fields {
  calls += 1;
  return {
    action: 'allowed',
    agent_name: 'deploy_agent',
    call_id: `c-${calls}`,
    event: 'mcp_tool_call',
    latency_ms: 10,
    method: 'tools/call',
    outcome: 'success',
    server_id: 'filesystem',
    success: true,
    timestamp: new Date(START).toISOString(),
    tool_name: 'read_file',
    user_id: 'ann',
    v: 1,
    ...fields,
  };
}

export const failed = (fields: Fields = {}): Fields =>
  call({ success: false, outcome: 'error', error_type: 'timeout', ...fields });

/** A call that a guard ended. */
export const blocked = (fields: Fields = {}): Fields =>
  call({
    action: 'blocked',
    event: 'mcp_access_denied',
    guard: 'tool_allowlist',
    reason: 'not_in_allowlist',
    latency_ms: 0,
    outcome: 'denied',
    error_type: 'access_denied',
    success: false,
    verdict: 'deny',
    ...fields,
  });

/** The two lines of a call that a guard in mode observe would have ended. */
export function observed(fields: Fields = {}): [Fields, Fields] {
  const {
    latency_ms: _,
    outcome: __,
    ...decided
  } = call({
    action: 'observed',
    event: 'mcp_access_denied',
    guard: 'tool_allowlist',
    reason: 'not_in_allowlist',
    success: false,
    verdict: 'deny',
    ...fields,
  });
  const { event: ___, ...rest } = fields;
  const end = call({ action: 'observed', guard: 'tool_allowlist', ...rest, call_id: decided.call_id });
  return [decided, end];
}

/** A finding of the monitor. */
export function alert(finding: Readonly<Record<string, unknown>> = {}, fields: Fields = {}): Fields {
  const { action: _, latency_ms: __, outcome: ___, success: ____, ...line } = call(fields);
  return {
    ...line,
    event: 'mcp_security_alert',
    finding: {
      category: 'security_alert',
      count: 5,
      description: 'Brute force: 5 failed authentications of ann at crm in 300 s',
      group: { user_id: 'ann' },
      recommended_action: 'Revoke the tokens.',
      rule: 'brute_force',
      score: 1,
      severity: 'high',
      since: new Date(START).toISOString(),
      ...finding,
    },
  };
}

/** Repeats a line, a step of time apart. */
export function series(
  count: number,
  from: number,
  step: number,
  make: (fields: Fields) => Fields,
): Fields[] {
  return Array.from({ length: count }, (_, index) =>
    make({ timestamp: new Date(from + index * step).toISOString() }),
  );
}
