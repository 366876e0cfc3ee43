/**
 * Runs in every process of an agent that `otel-mcp doctor` tries, before anything else (`NODE_OPTIONS=--require`), and writes
 * down what it sees. It must not be noticed: nothing on stdout or stderr, nothing thrown, nothing that keeps the process alive.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { threadId } from 'node:worker_threads';

import type { CallRecord, Session } from '../../core/call';
import { inHooksThread } from '../../core/hooks-thread';
import type { MonitorReadings } from '../../pipeline/guard-state';
import type { Runtime } from '../../pipeline/runtime';
import { preloadIn, REGISTER, wordsOf } from './preload-words';
import { metricProvider, traceProvider, type ApiSlot } from './probe-providers';
import {
  ADD_VARIABLE,
  FOLDER_VARIABLE,
  type PreloadPlace,
  type SeenMonitor,
  type SeenSession,
  type Snapshot,
} from './snapshot';

const SLOT = Symbol.for('opentelemetry-instrumentation-mcp.runtime.1');
const HOOK = Symbol.for('opentelemetry-instrumentation-mcp.loader');
const API = Symbol.for('opentelemetry.js.api.1');
const EVERY_MS = 250;
const SOON_MS = 20;
const MAX_SESSIONS = 200;
const MAX_PACKAGES = 100;
const TOLD = /^(?:OTEL_(?!MCP_DOCTOR)|MCP_|CONTEXT_)/;
const HANDSHAKE = /^(?:initialize|server\/discover|notifications\/initialized)$/;
const OUR_LOADER = /^(.+?)[\\/](?:build[\\/])?src[\\/]loader[\\/]install\.js$/;

type Changing<T> = { -readonly [K in keyof T]: T[K] };

const globals = globalThis as Record<symbol, unknown>;

class Probe {
  private readonly sessions = new Map<Session, SeenSession>();
  private isInCode = false;
  private isAdded = false;
  private added: string | undefined;
  private exitCode: number | undefined;
  private isDue = false;
  private written = '';
  private readonly preload: PreloadPlace | undefined;

  constructor(private readonly folder: string) {
    this.preload = preloadPlace();
    this.watchRuntime();
    this.addPreload();
    process.on('exit', (code) => {
      this.exitCode = code;
      this.write();
    });
    setInterval(() => this.write(), EVERY_MS).unref();
    this.write();
  }

  /** As `NODE_OPTIONS` would: in every process but those that a preloaded one starts, which get what it gives them. */
  private addPreload(): void {
    const file = process.env[ADD_VARIABLE];
    if (file === undefined || runtimeName().runtime !== 'node') return;
    if (this.preload === 'flag' || this.preload === 'NODE_OPTIONS') {
      delete process.env[ADD_VARIABLE];
      return;
    }
    this.isAdded = true;
    const register = installedRegister() ?? file;
    require(register);
    // Who loads it as well, by a tool's own `--require` for one, puts it there again.
    delete require.cache[register];
    this.added = register;
  }

  /** The runtime is made at the first MCP use: it is met before its first call. */
  private watchRuntime(): void {
    let current = globals[SLOT] as Runtime | undefined;
    Object.defineProperty(globalThis, SLOT, {
      configurable: true,
      get: () => current,
      set: (next: Runtime) => {
        current = next;
        attempt(() => this.meet(next));
      },
    });
    if (current !== undefined) attempt(() => this.meet(current!));
  }

  private meet(runtime: Runtime): void {
    this.watchCode(runtime);
    runtime.subscribe({
      name: 'doctor',
      record: (record) => this.record(record),
      recordSession: () => this.writeSoon(),
    });
    this.writeSoon();
  }

  /** `instrument()` hands classes over that come from no file; `new McpInstrumentation()` configures. */
  private watchCode(runtime: Runtime): void {
    const adopt = runtime.adopt.bind(runtime);
    const configure = runtime.configure.bind(runtime);
    runtime.adopt = (exports, origin) => {
      if (origin === undefined) this.isInCode = true;
      adopt(exports, origin);
    };
    runtime.configure = (config) => {
      if (!this.isInCode) this.isInCode = attempt(() => this.isInTime(runtime)) ?? false;
      configure(config);
    };
  }

  /** Its hooks meet what is imported later, and what was required before; elsewhere than in Node nothing. */
  private isInTime(runtime: Runtime): boolean {
    const { sdkFiles } = runtime.health();
    return runtimeName().runtime === 'node' && sdkFiles.every(({ file }) => file in require.cache);
  }

  private record({ call, outcome }: CallRecord): void {
    const seen = this.sessionOf(call.session);
    if (seen === undefined) return;
    const isHandshake = HANDSHAKE.test(call.method);
    const hasAnswer = outcome.status === 'success' || outcome.rpcCode !== undefined;
    if (hasAnswer || !isHandshake) seen.isConnected = true;
    if (isHandshake && call.kind === 'request') seen.failure = hasAnswer ? undefined : outcome.errorType;
    if (!isHandshake && call.kind === 'request') {
      seen.calls += 1;
      if (outcome.status === 'error') seen.errors += 1;
    }
    if (outcome.status === 'denied') seen.denied += 1;
    this.writeSoon();
  }

  private sessionOf(session: Session): SeenSession | undefined {
    const known = this.sessions.get(session);
    if (known !== undefined || this.sessions.size >= MAX_SESSIONS) return known;
    const { role, transport, serverId } = session;
    const command = role === 'client' && transport === 'stdio' ? commandOf(session) : undefined;
    const counts = { calls: 0, errors: 0, denied: 0, isConnected: false, failure: undefined };
    const seen = { role, transport, serverId, command, ...counts };
    this.sessions.set(session, seen);
    return seen;
  }

  private writeSoon(): void {
    if (this.isDue) return;
    this.isDue = true;
    setTimeout(() => {
      this.isDue = false;
      this.write();
    }, SOON_MS).unref();
  }

  private write(): void {
    attempt(() => {
      const text = JSON.stringify(this.snapshot());
      if (text === this.written) return;
      const path = join(this.folder, `${process.pid}-${threadId}.json`);
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      this.written = text;
    });
  }

  private snapshot(): Snapshot {
    const runtime = globals[SLOT] as Runtime | undefined;
    const health = attempt(() => runtime?.health());
    const { state, telemetry } = health ?? {};
    const slot = globals[API] as ApiSlot | undefined;
    return {
      pid: process.pid,
      ppid: process.ppid,
      thread: threadId,
      ...runtimeName(),
      cwd: process.cwd(),
      script: process.argv[1],
      preload: this.preload,
      isAdded: this.isAdded,
      isHooked: globals[HOOK] !== undefined,
      isInCode: this.isInCode || (this.added !== undefined && this.added in require.cache),
      copies: loadedCopies(),
      isInUse: runtime !== undefined,
      sdkFiles: health?.sdkFiles ?? [],
      packages: runtime === undefined ? loadedPackages() : [],
      policy: health && {
        id: health.policy?.id,
        digest: health.policy?.digest,
        mode: state?.policy?.mode,
        isGuarded: health.isGuarded,
        isAuditWritable: attempt(() => state?.isAuditWritable()),
        monitor: attempt(() => seenMonitor(state?.monitor)),
      },
      provider: telemetry?.provider,
      deliveries: telemetry?.deliveries ?? [],
      sessions: [...this.sessions.values()],
      api: slot?.version,
      traces: attempt(() => traceProvider(slot)),
      metrics: attempt(() => metricProvider(slot)),
      environment: environment(),
      exitCode: this.exitCode,
    };
  }
}

function seenMonitor(monitor: MonitorReadings | undefined): SeenMonitor | undefined {
  if (monitor === undefined) return undefined;
  const lost = [...monitor.monitorDropped()].map(
    ({ attributes, value }) => [String(attributes['reason']), value] as const,
  );
  let findings = 0;
  for (const { value } of monitor.findings()) findings += value;
  return {
    findings,
    dropped: Object.fromEntries(lost.filter(([, value]) => value > 0)),
    isStateKept: monitor.isStateKept,
  };
}

function preloadPlace(): PreloadPlace | undefined {
  const cwd = process.cwd();
  if (preloadIn(process.execArgv, cwd) !== undefined) return 'flag';
  if (preloadIn(wordsOf(process.env['NODE_OPTIONS'] ?? ''), cwd) !== undefined) return 'NODE_OPTIONS';
  return preloadIn(process.argv.slice(2), cwd) === undefined ? undefined : 'argument';
}

/** The agent's own copy, which is the one that a preload by name would find. */
function installedRegister(): string | undefined {
  return attempt(() => createRequire(join(process.cwd(), 'package.json')).resolve(REGISTER));
}

function runtimeName(): Pick<Snapshot, 'runtime' | 'version'> {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return { runtime: 'bun', version: bun };
  if (deno !== undefined) return { runtime: 'deno', version: deno };
  return { runtime: 'node', version: node ?? '' };
}

/** Only the program's name: arguments may be secret. */
function commandOf({ identity }: Session): string | undefined {
  return attempt(() => basename((JSON.parse(identity) as string[])[0] ?? '').replace(/\.(?:exe|cmd)$/i, ''));
}

function loadedCopies(): string[] {
  const roots = Object.keys(require.cache).map((file) => OUR_LOADER.exec(file)?.[1]);
  return [...new Set(roots.filter((root) => root !== undefined))];
}

const IN_PACKAGE = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/;

function loadedPackages(): string[] {
  const names = Object.keys(require.cache).map((file) => IN_PACKAGE.exec(file)?.[1]?.replace('\\', '/'));
  return [...new Set(names.filter((name) => name !== undefined))].slice(0, MAX_PACKAGES);
}

function environment(): Record<string, string> {
  const told: Changing<Snapshot['environment']> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && TOLD.test(name)) told[name] = value;
  }
  return told;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

attempt(() => {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder !== undefined && !inHooksThread()) return new Probe(folder);
  return undefined;
});
