/** Where limits are counted. One for a process: a policy that changes goes on with what was counted. */
import { resolveForAgent } from '../core/agent-require';
import { PolicyError } from '../policy/problem';
import type { Policy } from '../policy/schema';
import { milliseconds } from '../core/duration';
import type { RedisStore } from './redis-store';
import type { SharedStore } from './shared-limits';
import { StateFile } from './state-file';
import type { WindowBounds } from './window-store';
import { WindowStore } from './window-store';

type Limits = NonNullable<Policy['limits']>;
type StoreSection = Exclude<Limits['store'], 'memory'>;
type Memory = NonNullable<StoreSection['memory']>;
type Redis = NonNullable<StoreSection['redis']>;

/** The stores of one policy. */
export interface Counters {
  readonly rates: WindowStore;
  readonly budgets: WindowStore;
  /** What limits ask first, where there is one. */
  readonly shared: SharedStore | undefined;
}

export interface LimitEvents {
  /** State was forgotten because there was too much; `state` names which. */
  readonly evicted: (state: string) => void;
  /** A shared store did not answer in time. */
  readonly storeFailed: () => void;
}

const DEFAULT_MAX_KEYS = 50_000;
/** Node's timers end here. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const PACKAGE = 'ioredis';

export class LimitStores {
  private memory: Memory | undefined;
  private rates: WindowStore;
  private budgets: WindowStore;
  private sweeper: NodeJS.Timeout | undefined;
  private stateFile: { readonly path: string; readonly file: StateFile | undefined } | undefined;
  private redis: { readonly section: string; readonly store: RedisStore } | undefined;

  constructor(private readonly events: LimitEvents) {
    this.rates = this.create('rate_limit');
    this.budgets = this.create('budget');
  }

  /**
   * Takes the section of a policy over. Counters of limits that stay as they are go on.
   *
   * @throws when the package that it needs is missing: see {@link requirePackages}
   */
  use(limits: Policy['limits']): Counters {
    const store = storeOf(limits);
    this.useRedis(store.redis);
    this.useMemory(store.memory);
    return { rates: this.rates, budgets: this.budgets, shared: this.redis?.store };
  }

  private useRedis(section: Redis | undefined): void {
    const wanted = section && JSON.stringify(section);
    if (wanted === this.redis?.section) return;
    const store = section && createRedisStore(section, this.events.storeFailed);
    this.redis?.store.close();
    this.redis = store === undefined || wanted === undefined ? undefined : { section: wanted, store };
  }

  private useMemory(memory: Memory | undefined): void {
    const before = this.memory;
    this.memory = memory;
    const isSame =
      before?.max_keys === memory?.max_keys && before?.max_keys_per_user === memory?.max_keys_per_user;
    if (!isSame) {
      this.rates = moved(this.rates, this.create('rate_limit'));
      this.budgets = moved(this.budgets, this.create('budget'));
    }
    this.sweepEvery(memory);
    if (this.stateFile?.path === memory?.state_file) return;
    this.stateFile?.file?.close();
    const path = memory?.state_file;
    this.stateFile =
      path === undefined ? undefined : { path, file: StateFile.open(path, () => this.budgets) };
  }

  private sweepEvery(memory: Memory | undefined): void {
    clearInterval(this.sweeper);
    const every = memory?.cleanup_interval ?? memory?.max_age;
    if (every === undefined) return;
    const age = memory?.max_age === undefined ? 0 : milliseconds(memory.max_age);
    const sweep = (): void => {
      for (const store of [this.rates, this.budgets]) store.sweep(Date.now(), age);
    };
    this.sweeper = setInterval(sweep, Math.min(milliseconds(every), LONGEST_TIMER_MS)).unref();
  }

  private create(state: string): WindowStore {
    const bounds: WindowBounds = {
      maxKeys: this.memory?.max_keys ?? DEFAULT_MAX_KEYS,
      maxKeysPerOwner: this.memory?.max_keys_per_user,
    };
    return new WindowStore(bounds, () => this.events.evicted(state));
  }
}

function moved(from: WindowStore, to: WindowStore): WindowStore {
  for (const [key, window] of from.entries(Date.now())) to.restore(key, window);
  to.changed = from.changed;
  return to;
}

function storeOf(limits: Policy['limits']): Partial<StoreSection> {
  return typeof limits?.store === 'object' ? limits.store : {};
}

/**
 * @param file - the policy's
 * @throws PolicyError when the agent does not have a package that the section needs
 */
export function requirePackages(limits: Policy['limits'], file: string): void {
  if (storeOf(limits).redis === undefined || resolveForAgent(PACKAGE) !== undefined) return;
  const problem = {
    file,
    path: 'limits.store.redis',
    found: `it needs the package \`${PACKAGE}\`, which is not installed`,
    remedy: `run \`npm install ${PACKAGE}\` where the agent is`,
  };
  throw new PolicyError(file, [problem]);
}

function createRedisStore(section: Redis, storeFailed: () => void): RedisStore {
  const file = resolveForAgent(PACKAGE);
  if (file === undefined) throw new Error(`${PACKAGE} is not installed`);
  const { url, cluster, key_prefix: keyPrefix, timeout, on_error: onError } = section;
  const settings = { url, cluster, keyPrefix, timeoutMs: milliseconds(timeout), onError };
  const { RedisStore: Store } = require('./redis-store') as typeof import('./redis-store');
  return new Store(settings, { file, storeFailed });
}
