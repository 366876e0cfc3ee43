/** Makes an engine of a policy. */
import type { EffectivePolicy } from '../policy/environment';
import type { GuardName, Policy } from '../policy/schema';
import { createAuditGuard } from './audit-writable';
import { createBudget } from './budget';
import type { CircuitBreaker } from './circuit-breaker';
import { createCircuitBreaker } from './circuit-breaker';
import { defaultOnError } from './denials';
import { Engine } from './engine';
import type { GuardInput, PureGuard, StatefulGuard } from './guard';
import { createContentGuard } from './content';
import { createIdentityGuard, createTenantGuard } from './identity';
import { createInputSizeGuard } from './input-size';
import { createOwnFilesGuard } from './own-files';
import { createPathGuard } from './path-traversal';
import { createRateLimit } from './rate-limit';
import { createServerAllowlist, ServerAliases } from './server-allowlist';
import { createTimeouts } from './timeout';
import { createToolAllowlist } from './tool-allowlist';
import { ToolDefinitions } from './tool-definitions';
import { createToolPin } from './tool-pin';
import { createUrlGuard } from './url';
import { WindowStore } from './window-store';

export interface CompileOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Whether an audit line can be written now; absent where calls need none. */
  readonly isAuditWritable?: (() => boolean) | undefined;
  /** Absolute paths of files and folders that no tool may touch. Default: none. */
  readonly ownFiles?: readonly string[] | undefined;
  /** What servers have sent before this policy. */
  readonly definitions?: ToolDefinitions | undefined;
  /** Told when state was forgotten because there was too much; `state` names which. */
  readonly evicted: (state: string) => void;
}

export interface CompiledPolicy {
  readonly engine: Engine;
  /** Told of every list of tools, where somebody wants to know. */
  readonly definitions: ToolDefinitions | undefined;
  readonly servers: ServerAliases;
  readonly breaker: CircuitBreaker | undefined;
  /** Milliseconds that a call may take; `undefined`: no limit of the policy's. */
  readonly timeoutOf: ((input: GuardInput) => number | undefined) | undefined;
}

const DEFAULT_MAX_KEYS = 50_000;

/** A policy, with what the environment says of file system servers where it was asked. */
type Compilable = Policy & Partial<Pick<EffectivePolicy, 'filesystem'>>;

export function compilePolicy(policy: Compilable, options: CompileOptions): CompiledPolicy {
  const { clock, evicted, isAuditWritable } = options;
  const breaker = policy.breaker && createCircuitBreaker(policy.breaker, clock);
  const definitions = options.definitions ?? new ToolDefinitions();
  const engine = new Engine({
    pure: pureGuards(policy, options, definitions),
    stateful: [
      ...statefulGuards(policy, breaker, evicted),
      ...(isAuditWritable === undefined ? [] : [createAuditGuard(isAuditWritable)]),
    ],
    mode: policy.mode,
    onError: (guard: GuardName) =>
      policy.on_error?.[guard] ?? policy.on_error?.default ?? defaultOnError(guard),
  });
  // As every change of a call, under enforce only.
  const timeoutOf = policy.mode === 'enforce' ? createTimeouts(policy) : undefined;
  // An audit line names the definition of the tool that was called.
  const isAsked = policy.tools_pin !== undefined || policy.audit !== undefined;
  return {
    engine,
    definitions: isAsked ? definitions : undefined,
    servers: new ServerAliases(policy.servers),
    breaker,
    timeoutOf,
  };
}

function pureGuards(
  policy: Compilable,
  { ownFiles = [] }: CompileOptions,
  definitions: ToolDefinitions,
): PureGuard[] {
  const { content, identity, limits, servers, tools_pin, urls } = policy;
  const guards = [
    createServerAllowlist(servers, policy.filesystem),
    identity && createIdentityGuard(identity),
    identity && createTenantGuard(identity),
    createToolAllowlist(policy, policy.mode),
    limits?.size && createInputSizeGuard(limits.size),
    tools_pin && createToolPin(tools_pin, definitions),
    createPathGuard(policy),
    createOwnFilesGuard(policy, ownFiles),
    urls && createUrlGuard(urls),
    content && createContentGuard(content, policy.mode),
  ];
  return guards.filter((guard) => guard !== undefined);
}

function statefulGuards(
  { limits }: Policy,
  breaker: CircuitBreaker | undefined,
  evicted: CompileOptions['evicted'],
): StatefulGuard[] {
  const memory = typeof limits?.store === 'object' ? limits.store.memory : undefined;
  const maxKeys = memory?.max_keys ?? DEFAULT_MAX_KEYS;
  const rates = new WindowStore(maxKeys, () => evicted('rate_limit'));
  const budgets = new WindowStore(maxKeys, () => evicted('budget'));
  return [
    ...(breaker === undefined ? [] : [breaker]),
    ...(limits?.rate ?? []).map((limit) => createRateLimit(limit, rates)),
    ...(limits?.budget ?? []).map((limit) => createBudget(limit, budgets)),
  ];
}
