/** A real agent under one policy after another, over the same calls. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readAuditRecords } from '../../src/audit/reader';
import type { AuditRecord } from '../../src/audit/schema';
import type { Identity } from '../../src/core/call';
import type { PolicyInput } from '../../src/policy/schema';
import type { Arrival } from '../../src/simulate/arrivals';
import { ArrivalCollector } from '../../src/simulate/arrivals';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

export const PROGRAMS = join(REPOSITORY, 'test/simulate/programs');
const SERVER = join(PROGRAMS, 'any-server.cjs');

export interface ScriptedCall {
  readonly server: string;
  readonly as?: Identity | undefined;
  readonly tool?: string;
  readonly resource?: string;
  readonly prompt?: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  readonly after?: number;
  readonly at?: number;
  readonly together?: boolean;
}

/** Without what each run adds. */
export type PolicyBody = Omit<PolicyInput, 'version' | 'id' | 'audit'>;

export type Denied = { readonly guard: string; readonly rule?: string } | null;

export const SERVER_NAMES = ['files', 'crm', 'web'] as const;

/** Servers differ by an argument, so that a policy can tell them apart. */
export const serverEntries = Object.fromEntries(
  SERVER_NAMES.map((name) => [name, { command: process.execPath, args: [SERVER, `--as=${name}`] }]),
);

export const matchOf = (name: string) => ({ command: 'node', args: ['*any-server.cjs', `--as=${name}`] });

export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'simulate-'));
  private count = 0;

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  /** A policy with an audit log of its own. */
  policy(
    body: PolicyBody,
    level: 'metadata' | 'request' | 'full' = 'metadata',
    maxBytes = 65_536,
  ): PolicyFile {
    this.count += 1;
    const audit = join(this.folder, `audit-${this.count}`);
    const content = {
      version: 1,
      id: `policy-${this.count}`,
      ...body,
      audit: { dir: audit, level, max_bytes: maxBytes },
    };
    return { file: this.file(`policy-${this.count}.json`, JSON.stringify(content)), audit };
  }

  /** @returns who denied each of the calls */
  async run(policy: string, calls: readonly ScriptedCall[]): Promise<readonly Denied[]> {
    return (await this.timed(policy, calls)).denied;
  }

  /** @returns the same, and when each of them began, in milliseconds since 1970 */
  async timed(
    policy: string,
    calls: readonly ScriptedCall[],
  ): Promise<{ readonly denied: readonly Denied[]; readonly begun: readonly number[] }> {
    const script = this.file('script.json', JSON.stringify({ servers: serverEntries, calls }));
    const result = await runProgram(join(PROGRAMS, 'arrivals.cjs'), {
      // The clock comes first: the package takes the one that it finds.
      nodeArgs: [
        '--require',
        join(PROGRAMS, 'clock.cjs'),
        '--require',
        join(REPOSITORY, 'build/src/register.js'),
      ],
      env: { SCRIPT: script, MCP_GUARD_POLICY: policy, OTEL_MCP_SDK: 'off' },
      timeoutMs: 120_000,
    });
    expectExit(result);
    assert.equal(result.stderr, '', result.commandLine);
    return JSON.parse(result.stdout) as { denied: Denied[]; begun: number[] };
  }
}

export interface PolicyFile {
  readonly file: string;
  readonly audit: string;
}

export async function recordsOf(folder: string): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const record of readAuditRecords([folder])) records.push(record);
  return records;
}

export async function arrivalsOf(folder: string): Promise<readonly Arrival[]> {
  const collector = new ArrivalCollector();
  for (const record of await recordsOf(folder)) collector.add(record);
  return collector.all().arrivals;
}
