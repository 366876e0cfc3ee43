/**
 * The one instance of everything in this process.
 *
 * It hangs on a global symbol: with a preload and the agent's own copy of this package in one process, the first copy
 * serves both, so that a call has one span.
 */
import type { ReportedDecision } from '../core/call';
import { inHooksThread } from '../core/hooks-thread';
import { safely } from '../core/safe';
import type { SdkOrigin } from '../loader/install';
import type { McpInstrumentationConfig } from '../telemetry/config';
import type { PolicyTelemetry } from '../telemetry/decisions';
import type { GivenProviders } from '../telemetry/providers';
import type { Telemetry, TelemetryHealth } from '../telemetry/telemetry';
import { SdkPatch } from '../sdk/patch';
import type { GuardState } from './guard-state';
import type { Guards } from './guards';
import { Pipeline } from './pipeline';
import type * as PolicyActivation from './policy-activation';
import type { Recorder } from './recorder';

const SLOT = Symbol.for('opentelemetry-instrumentation-mcp.runtime.1');

type TelemetryModule = typeof import('../telemetry/telemetry');

export interface RuntimeHealth {
  /** Calls are decided about: by a policy, or all denied for want of one. */
  readonly isGuarded: boolean;
  /** The policy in force. */
  readonly policy: PolicyTelemetry | undefined;
  /** Absent where no policy is wanted. */
  readonly state: GuardState | undefined;
  /** Absent before the first MCP use. */
  readonly telemetry: TelemetryHealth | undefined;
  /** Files through which classes of MCP SDKs came to us. */
  readonly sdkFiles: readonly SdkOrigin[];
}

export class Runtime {
  private config: McpInstrumentationConfig = {};
  private telemetry: Telemetry | undefined;
  private guards: Guards | undefined;
  /** By its owner's `disable()`. */
  private isSwitchedOff = false;
  private policy: PolicyTelemetry | undefined;
  private readings: GuardState | undefined;
  private readonly pipeline = new Pipeline(() => this.loadTelemetry());
  private readonly patch = new SdkPatch(this.pipeline);
  private readonly origins = new Map<string, SdkOrigin>();
  private readonly endings: (() => void)[] = [];

  constructor() {
    const isWanted = process.env['MCP_GUARD_POLICY'] || process.env['MCP_GUARD_REQUIRED'];
    // A preload of the owner's own that creates the instrumentation runs in that thread, too: no second audit log there.
    if (isWanted && !inHooksThread()) {
      safely('policy', () => this.activatePolicy());
    }
  }

  private activatePolicy(): void {
    const activation = require('./policy-activation') as typeof PolicyActivation;
    activation.activatePolicy({
      use: (guards, policy, readings) => this.setGuards(guards, policy, readings),
      subscribe: (recorder) => this.subscribe(recorder),
      atEnd: (work) => this.atEnd(work),
      anchor: (anchor) => this.telemetry?.anchor(anchor),
      log: (record) => this.telemetry?.logAuditRecord(record),
      found: (finding, trace) => this.telemetry?.finding(finding, trace),
    });
  }

  /** Patches the MCP classes among `exports`. */
  adopt(exports: Readonly<Record<string, unknown>>, origin?: SdkOrigin): void {
    if (origin !== undefined) this.origins.set(origin.file, origin);
    this.patch.adopt(exports);
  }

  enable(): void {
    this.isSwitchedOff = false;
    this.patch.enable();
  }

  /** Takes every patch off: the SDK behaves as if we were not there. Not while guards are in force: they stay. */
  disable(): void {
    this.isSwitchedOff = true;
    if (this.guards === undefined) this.patch.disable();
  }

  configure(config: McpInstrumentationConfig): void {
    this.config = { ...this.config, ...config };
    this.telemetry?.configure(this.config);
  }

  /** Providers that win over global ones. Given at start-up, before telemetry is needed: they do not load it. */
  useProviders(providers: GivenProviders): void {
    Object.assign(this.given, providers);
    this.telemetry?.useProviders(providers);
  }

  /** Tells of a decision that a guard of the agent's own made. */
  report(report: ReportedDecision): void {
    this.pipeline.report(report);
  }

  subscribe(recorder: Recorder): () => void {
    return this.pipeline.subscribe(recorder);
  }

  /** Puts guards into the path of every call; `policy` and `readings` are what telemetry tells of them. */
  setGuards(guards: Guards | undefined, policy?: PolicyTelemetry, readings?: GuardState): void {
    this.pipeline.setGuards(guards);
    this.guards = guards;
    if (this.isSwitchedOff) {
      if (guards === undefined) this.patch.disable();
      else this.patch.enable();
    }
    this.policy = policy;
    this.readings = readings ?? this.readings;
    this.telemetry?.usePolicy(policy, this.readings);
  }

  /** What a health check looks at: nothing is loaded for it. */
  health(): RuntimeHealth {
    return {
      isGuarded: this.guards !== undefined,
      policy: this.policy,
      state: this.readings,
      telemetry: this.telemetry?.health(),
      sdkFiles: [...this.origins.values()],
    };
  }

  private readonly given: GivenProviders = {};

  /** Loads OpenTelemetry: at the first MCP use, and not in a process without one. */
  private loadTelemetry(): Telemetry {
    const { Telemetry: TelemetryClass } = require('../telemetry/telemetry') as TelemetryModule;
    this.telemetry = new TelemetryClass(this.config, this.end);
    this.telemetry.useProviders(this.given);
    this.telemetry.usePolicy(this.policy, this.readings);
    // Before the exit listener of an SDK of our own, which is registered when that SDK starts.
    process.once('exit', this.end);
    return this.telemetry;
  }

  private atEnd(work: () => void): void {
    this.endings.push(work);
    process.once('exit', this.end);
  }

  /** More than once where there is more than one sign that the process ends. */
  private readonly end = (): void => {
    this.pipeline.endAll();
    for (const work of this.endings) safely('policy', work);
  };
}

/** The process's runtime, of whichever copy of this package came first. */
export function runtime(): Runtime {
  const slots = globalThis as Record<symbol, unknown>;
  slots[SLOT] ??= new Runtime();
  return slots[SLOT] as Runtime;
}

/** What the loader calls with the SDK classes that it found. */
export function adopt(exports: Readonly<Record<string, unknown>>, origin?: SdkOrigin): void {
  runtime().adopt(exports, origin);
}
