/**
 * Runs an ordinary agent under a policy, with a recorder between it and each of its servers, and reads what the servers
 * got, what the audit log says and what the spans say. The audit log of every run is verified.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readAuditRecords } from '../../../src/audit/reader';
import type { AuditRecord } from '../../../src/audit/schema';
import { verifyAudit } from '../../../src/audit/verify';
import type { Identity } from '../../../src/core/call';
import type { PolicyInput } from '../../../src/policy/schema';
import { startRecordingProxy, type RecordingProxy } from '../../harm/support/recording-proxy';
import { REPOSITORY } from '../../support/installs';
import {
  startOtlpReceiver,
  type ReceivedLog,
  type ReceivedPoint,
  type ReceivedSpan,
} from '../../support/otlp-receiver';
import { expectExit, runProgram, type Preload, type ProgramResult } from '../../support/run-program';
import { validateRecord } from './record-schema';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server as the agent is told of it. */
export type ServerEntry = Command | { readonly url: string };

/** What `test/programs/lib/scripted-steps.cjs` does. */
export interface Step {
  readonly server?: string;
  readonly as?: Identity;
  readonly call?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly aborted?: true;
  readonly read?: string;
  readonly prompt?: string;
  readonly list?: true;
  readonly together?: readonly (readonly Step[])[];
}

export interface Thrown {
  readonly name: string;
  readonly code?: unknown;
  readonly message: string;
  readonly kind?: string;
  readonly guard?: string;
  readonly rule?: string;
  readonly retryAfterMs?: number;
}

export interface StepOutcome {
  readonly result?: { readonly isError?: boolean; readonly content?: readonly { readonly text?: string }[] };
  readonly thrown?: Thrown;
  /** Its server could not be connected. */
  readonly unconnected?: true;
}

export interface Agent {
  /** File of a scripted agent. */
  readonly program: string;
  readonly cwd?: string;
  readonly node?: string;
  /** Default `require`. */
  readonly preload?: Preload;
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export type Policy = Omit<PolicyInput, 'version' | 'id' | 'audit'>;

export interface Setup {
  readonly agent: Agent;
  readonly servers: Readonly<Record<string, ServerEntry>>;
  readonly steps: readonly Step[];
  /**
   * The policy, but for what every run has: version, id, and where the audit log is. `undefined`: none. A function gets the
   * servers as the agent is told of them, with the recorders in front.
   */
  readonly policy: Policy | ((servers: Readonly<Record<string, ServerEntry>>) => Policy) | undefined;
  readonly auditLevel?: 'metadata' | 'request' | 'full';
  /** `false`: there is no audit log. */
  readonly audit?: false;
  readonly handlers?: true;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

export interface WireMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What a server saw. */
export interface ServerRecord {
  /** Messages as text, in the order in which they came. */
  readonly in: readonly string[];
  readonly out: readonly string[];
  /** How often a stdio server was started. */
  readonly starts: number;
  /** How many requests came to an HTTP server. */
  readonly requests: number;
}

export interface GuardedRun {
  readonly connected: Readonly<Record<string, StepOutcome>>;
  readonly outcomes: readonly StepOutcome[];
  /** Methods of servers' requests that a handler of the agent answered. */
  readonly handled: readonly string[];
  readonly servers: Readonly<Record<string, ServerRecord>>;
  readonly audit: readonly AuditRecord[];
  readonly spans: readonly ReceivedSpan[];
  readonly points: readonly ReceivedPoint[];
  readonly logs: readonly ReceivedLog[];
  readonly program: ProgramResult;
}

const TEE = join(REPOSITORY, 'test/harm/programs/tee.cjs');
const SECRET = Buffer.alloc(32, 7);

export const node = (file: string, ...args: string[]): Command => ({
  command: process.execPath,
  args: [file, ...args],
});

/** A folder for one test, with a real path: policies name folders by it. */
export function temporaryFolder(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'guarded-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Puts a recorder in front of every server. */
class Recorders {
  readonly entries: Record<string, ServerEntry> = {};
  private readonly proxies = new Map<string, RecordingProxy>();

  constructor(private readonly folder: string) {}

  async add(name: string, server: ServerEntry): Promise<void> {
    if ('url' in server) {
      const proxy = await startRecordingProxy(new URL(server.url));
      this.proxies.set(name, proxy);
      this.entries[name] = { url: proxy.url.href };
      return;
    }
    const place = join(this.folder, `server-${name}`);
    mkdirSync(place);
    this.entries[name] = {
      ...server,
      command: process.execPath,
      args: [TEE, place, server.command, ...server.args],
    };
  }

  record(name: string): ServerRecord {
    const proxy = this.proxies.get(name);
    if (proxy !== undefined) return { in: proxy.in, out: proxy.out, starts: 0, requests: proxy.heads.length };
    const lines = (file: string): string[] => {
      const path = join(this.folder, `server-${name}`, file);
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    };
    return { in: lines('in'), out: lines('out'), starts: lines('starts').length, requests: 0 };
  }

  close(): void {
    for (const proxy of this.proxies.values()) proxy.close();
  }
}

/** Writes a policy as a file, with an audit log beside it. */
function writePolicy(
  folder: string,
  { policy, auditLevel, audit: isAudited }: Setup,
  servers: Readonly<Record<string, ServerEntry>>,
): Record<string, string> {
  if (policy === undefined) return {};
  const given = typeof policy === 'function' ? policy(servers) : policy;
  const [file, key] = [join(folder, 'policy.json'), join(folder, 'audit.key')];
  writeFileSync(key, SECRET, { mode: 0o600 });
  const log = { dir: join(folder, 'audit'), key_file: key, level: auditLevel ?? 'metadata' };
  const audit = isAudited === false ? undefined : log;
  writeFileSync(file, JSON.stringify({ version: 1, id: 'acceptance', ...given, audit }), { mode: 0o600 });
  return { MCP_GUARD_POLICY: file };
}

/** @throws when the agent does not end by itself, or its audit log is not intact */
export async function runGuarded(setup: Setup): Promise<GuardedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'guarded-'));
  const receiver = await startOtlpReceiver();
  const recorders = new Recorders(folder);
  try {
    for (const [name, server] of Object.entries(setup.servers)) await recorders.add(name, server);
    const { steps, handlers, agent } = setup;
    const script = join(folder, 'script.json');
    writeFileSync(script, JSON.stringify({ servers: recorders.entries, steps, handlers }));
    const program = await runProgram(agent.program, {
      preload: 'require',
      timeoutMs: setup.timeoutMs ?? 60_000,
      ...agent,
      env: {
        ...receiver.env(),
        ...agent.env,
        ...writePolicy(folder, setup, recorders.entries),
        SCRIPT: script,
        ...setup.env,
      },
    });
    expectExit(program);
    const said = JSON.parse(program.stdout) as Pick<GuardedRun, 'connected' | 'outcomes' | 'handled'>;
    const servers = Object.fromEntries(
      Object.keys(setup.servers).map((name) => [name, recorders.record(name)]),
    );
    const audit = await auditOf(join(folder, 'audit'));
    const { spans, points, logs } = receiver;
    return { ...said, servers, audit, spans, points, logs, program };
  } finally {
    recorders.close();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The records of a log that is as it was written, each as the published schema wants it. */
async function auditOf(folder: string): Promise<AuditRecord[]> {
  if (!existsSync(folder)) return [];
  const verified = await verifyAudit([folder], { secret: SECRET });
  assert.deepEqual(verified.problems, [], 'problems of the audit log');
  assert.equal(verified.isIntact, true);
  const records: AuditRecord[] = [];
  for await (const record of readAuditRecords([folder])) {
    validateRecord(record);
    records.push(record);
  }
  assert.equal(records.length, verified.records);
  return records;
}

/** The requests of `method` that came to a server. */
export function requestsTo({ in: lines }: ServerRecord, method: string): WireMessage[] {
  return lines
    .map((line) => JSON.parse(line) as WireMessage)
    .filter((message) => message.method === method && message.id !== undefined);
}

/** Names and arguments of the tool calls that came to a server. */
export function callsTo(server: ServerRecord | undefined): [string, unknown][] {
  assert(server !== undefined);
  return requestsTo(server, 'tools/call').map(({ params }) => [
    String(params?.['name']),
    params?.['arguments'],
  ]);
}
