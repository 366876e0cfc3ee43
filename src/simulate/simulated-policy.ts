/**
 * A policy’s own guards over calls that are not real: the engine of an agent, on a clock that is given, with counters of
 * its own. Nothing is written, no file is locked, no Redis is asked, and what runs in this process otherwise stays as it is.
 */
import type { McpCall } from '../core/call';
import type { Around, CompiledPolicy } from '../guards/compile';
import { compilePolicy } from '../guards/compile';
import type { ToolDefinitions } from '../guards/tool-definitions';
import { WindowStore } from '../guards/window-store';
import type { Admission } from '../pipeline/guards';
import { PolicyGuards } from '../pipeline/policy-guards';
import type { EffectivePolicy } from '../policy/environment';
import { refineByEnvironment } from '../policy/environment';
import type { GuardName } from '../policy/schema';
import type { LoadedPolicy } from '../policy/load';
import { protectedPaths, resolvedPolicy } from '../policy/load';
import { SimulatedAliases } from './servers';

export interface SimulationOptions {
  /** What asks a guard in its place. Default: nothing. */
  readonly around?: Around | undefined;
  /** What is known of tools’ definitions. Default: nothing. */
  readonly definitions?: ToolDefinitions | undefined;
}

const DEFAULT_MAX_KEYS = 50_000;

/** One policy, as it would be in force in this environment. */
export class SimulatedPolicy {
  readonly policy: EffectivePolicy;
  private readonly ownFiles: readonly string[];
  private sharedRates: WindowStore | undefined;
  private sharedBudgets: WindowStore | undefined;
  /** Counters that were forgotten because there were too many. */
  evicted = 0;

  constructor(
    readonly loaded: LoadedPolicy,
    private readonly options: SimulationOptions = {},
  ) {
    this.policy = refineByEnvironment(resolvedPolicy(loaded));
    this.ownFiles = protectedPaths(loaded);
    const { redis, state_file } = this.store;
    // Redis counts for all processes; a state file hands budgets from one to the next.
    if (redis !== undefined) this.sharedRates = this.counters();
    if (redis !== undefined || state_file !== undefined) this.sharedBudgets = this.counters();
  }

  /** A process of an agent: what is counted in memory is counted for it alone. */
  process(): SimulatedProcess {
    const counters = {
      rates: this.sharedRates ?? this.counters(),
      budgets: this.sharedBudgets ?? this.counters(),
      shared: undefined,
    };
    const { policy, ownFiles, options } = this;
    const compile = (clock: () => number): CompiledPolicy =>
      compilePolicy(policy, {
        clock,
        counters,
        ownFiles,
        around: options.around,
        definitions: options.definitions,
        isAuditWritable: policy.audit?.on_failure === 'block' ? () => true : undefined,
      });
    return new SimulatedProcess(policy, compile);
  }

  private get store(): { readonly redis?: unknown; readonly state_file?: unknown } {
    const store = this.policy.limits?.store;
    return typeof store === 'object' ? { redis: store.redis, state_file: store.memory?.state_file } : {};
  }

  private counters(): WindowStore {
    const store = this.policy.limits?.store;
    const memory = typeof store === 'object' ? store.memory : undefined;
    const bounds = {
      maxKeys: memory?.max_keys ?? DEFAULT_MAX_KEYS,
      maxKeysPerOwner: memory?.max_keys_per_user,
    };
    return new WindowStore(bounds, () => void (this.evicted += 1));
  }
}

export class SimulatedProcess {
  /** Milliseconds since 1970; the guards’ only clock. */
  now = 0;
  readonly servers: SimulatedAliases;
  /** Guards that are configured, in order. */
  readonly names: readonly GuardName[];
  private readonly guards: PolicyGuards;

  constructor({ servers, deny_as }: EffectivePolicy, compile: (clock: () => number) => CompiledPolicy) {
    const clock = (): number => this.now;
    this.servers = new SimulatedAliases(servers);
    const compiled = compile(clock);
    this.names = compiled.engine.guards;
    this.guards = new PolicyGuards({ ...compiled, servers: this.servers }, deny_as, clock);
  }

  /** @param now - milliseconds since 1970 */
  decide(call: McpCall, now: number): Admission {
    this.now = now;
    // Without a shared store a decision is synchronous.
    return this.guards.decide(call) as Admission;
  }
}
