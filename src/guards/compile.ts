/** Makes an engine of a policy. */
import type { EffectivePolicy } from '../policy/environment';
import type { GuardName, Policy } from '../policy/schema';
import { createAuditGuard } from './audit-writable';
import { createBudget } from './budget';
import type { CircuitBreaker } from './circuit-breaker';
import { createCircuitBreaker } from './circuit-breaker';
import { defaultOnError } from './denials';
import { Engine } from './engine';
import type { GuardInput, PureGuard } from './guard';
import { createContentGuard } from './content';
import { createIdentityGuard, createTenantGuard } from './identity';
import { createInputSizeGuard } from './input-size';
import { createOwnFilesGuard } from './own-files';
import { createPathGuard } from './path-traversal';
import { countedIn } from './limit';
import type { Counters } from './limit-stores';
import { createRateLimit } from './rate-limit';
import { createServerAllowlist, ServerAliases } from './server-allowlist';
import { createTimeouts } from './timeout';
import { createToolAllowlist } from './tool-allowlist';
import { ToolDefinitions } from './tool-definitions';
import { createToolPin } from './tool-pin';
import { createUrlGuard } from './url';

export interface CompileOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Whether an audit line can be written now; absent where calls need none. */
  readonly isAuditWritable?: (() => boolean) | undefined;
  /** Absolute paths of files and folders that no tool may touch. Default: none. */
  readonly ownFiles?: readonly string[] | undefined;
  /** What servers have sent before this policy. */
  readonly definitions?: ToolDefinitions | undefined;
  /** Where limits are counted. */
  readonly counters: Counters;
  /** What asks a guard in its place, for calls of which not everything is known. Default: nothing. */
  readonly around?: Around | undefined;
}

/** @param keepsOwnFiles - whether the guard is the one that keeps tools away from our own files */
export type Around = (guard: PureGuard, keepsOwnFiles: boolean) => PureGuard;

export interface CompiledPolicy {
  readonly engine: Engine;
  /** Told of every list of tools, where somebody wants to know. */
  readonly definitions: ToolDefinitions | undefined;
  readonly servers: ServerAliases;
  readonly breaker: CircuitBreaker | undefined;
  /** Milliseconds that a call may take; `undefined`: no limit of the policy's. */
  readonly timeoutOf: ((input: GuardInput) => number | undefined) | undefined;
  /** How often an idempotent tool may be called again after a failure in transport. */
  readonly maxRetries: number;
}

/** A policy, with what the environment says of file system servers where it was asked. */
type Compilable = Policy & Partial<Pick<EffectivePolicy, 'filesystem'>>;

export function compilePolicy(policy: Compilable, options: CompileOptions): CompiledPolicy {
  const { clock, counters, isAuditWritable } = options;
  const breaker = policy.breaker && createCircuitBreaker(policy.breaker, clock);
  const limits = [
    ...(policy.limits?.rate ?? []).map((limit) => createRateLimit(limit)),
    ...(policy.limits?.budget ?? []).map((limit) => createBudget(limit)),
  ];
  const definitions = options.definitions ?? new ToolDefinitions();
  const engine = new Engine({
    pure: pureGuards(policy, options, definitions),
    stateful: [
      ...(breaker === undefined ? [] : [breaker]),
      ...limits.map((limit) => countedIn(limit.name === 'budget' ? counters.budgets : counters.rates, limit)),
      ...(isAuditWritable === undefined ? [] : [createAuditGuard(isAuditWritable)]),
    ],
    shared: counters.shared && { limits, store: counters.shared },
    mode: policy.mode,
    onError: (guard: GuardName) =>
      policy.on_error?.[guard] ?? policy.on_error?.default ?? defaultOnError(guard),
  });
  // As every change of a call, under enforce only.
  const timeoutOf = policy.mode === 'enforce' ? createTimeouts(policy) : undefined;
  // An audit line names the definition of the tool that was called.
  const { audit, monitor, retry, tools_pin } = policy;
  const isAsked = [audit, monitor, retry, tools_pin].some((section) => section !== undefined);
  return {
    engine,
    definitions: isAsked ? definitions : undefined,
    servers: new ServerAliases(policy.servers),
    breaker,
    timeoutOf,
    maxRetries: policy.mode === 'enforce' ? (policy.retry?.max ?? 0) : 0,
  };
}

function pureGuards(
  policy: Compilable,
  { around = (guard) => guard, ownFiles = [] }: CompileOptions,
  definitions: ToolDefinitions,
): PureGuard[] {
  const { content, identity, limits, servers, tools_pin, urls } = policy;
  const ownFilesGuard = createOwnFilesGuard(policy, ownFiles);
  const guards = [
    createServerAllowlist(servers, policy.filesystem),
    identity && createIdentityGuard(identity),
    identity && createTenantGuard(identity),
    createToolAllowlist(policy, policy.mode),
    limits?.size && createInputSizeGuard(limits.size),
    tools_pin && createToolPin(tools_pin, definitions),
    createPathGuard(policy),
    ownFilesGuard,
    urls && createUrlGuard(urls),
    content && createContentGuard(content, policy.mode),
  ];
  return guards.filter((guard) => guard !== undefined).map((guard) => around(guard, guard === ownFilesGuard));
}
