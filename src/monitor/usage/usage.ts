/** How tools are used, and by whom: what a person asks for, and what is unusual is measured against. */
import type { MonitoringEvent } from '../event';
import type { Evicted, Watcher } from '../finding';
import type { MonitoredLine } from '../line';
import { isWhole } from '../saved';
import type { Persistent } from '../state';
import { measured } from './columns';
import type { Use } from './figures';
import { joined, keysBySerial, rowsOf, serverRows, toolOf, userOf } from './rows';
import {
  figuresOf,
  quantilesOf,
  type ToolUsage,
  type UsageRows,
  type UsageSnapshot,
  type UserToolUsage,
  type UserUsage,
} from './snapshot';
import { SERIALS, UsageTable, type UsageBounds } from './table';

/** The guide's name for who or what is not known. */
const UNKNOWN = 'unknown';
const TOOL_CALL = 'tools/call';
const MAX_NAME = 256;
/** Longer than a call can take: a line that says so is wrong. */
const LONGEST_MS = 1e9;
/** Bytes beyond this are a wrong line, too. */
const MOST_BYTES = 2 ** 40;
/** Times outside of what a date can say are no times. */
const LATEST = 8.64e15;
const TOP = 10;

/** One tool call that ended. */
export interface ToolUse extends Use {
  readonly tenant: string;
  readonly user: string;
  readonly server: string;
  readonly tool: string;
  /** Keyed hash of the arguments. */
  readonly params: string | undefined;
}

/** Of the tables, in the state file. */
type Kind = 'tool' | 'user' | 'pair';

export class Usage implements Watcher, Persistent {
  readonly name = 'usage';
  private readonly tools: UsageTable<string>;
  private readonly users: UsageTable<string>;
  /** By both serial numbers. */
  private readonly pairs: UsageTable<number>;
  private now = 0;

  /** @param evicted - told of every key that was forgotten because there were too many */
  constructor(bounds: UsageBounds, evicted: Evicted) {
    this.tools = new UsageTable(bounds, true, () => evicted('usage_tool'));
    this.users = new UsageTable(bounds, true, () => evicted('usage_user'));
    this.pairs = new UsageTable(bounds, false, () => evicted('usage_user_tool'));
  }

  observe(event: MonitoringEvent): void {
    const use = useOf(event);
    if (use !== undefined) this.add(use);
  }

  add(use: ToolUse): void {
    this.now = use.time;
    const call = measured(use, use.params);
    const tool = this.tools.serialOf(this.tools.add(joined(use.server, use.tool), call));
    const user = this.users.serialOf(this.users.add(joined(use.tenant, use.user), call));
    this.pairs.add(pairOf(user, tool), call);
  }

  /** @param top - rows of each kind at most. Default: 10 */
  snapshot({ top = TOP }: { readonly top?: number | undefined } = {}): UsageSnapshot {
    const { tools, users, now } = this;
    return {
      timestamp: tools.size === 0 ? null : new Date(now).toISOString(),
      servers: serverRows(tools, top, now),
      tools: rowsOf(tools, top, now, (key, slot): ToolUsage => ({
        ...toolOf(key),
        ...figuresOf(tools.columns, slot, now),
        ...quantilesOf(tools.columns, slot),
      })),
      users: rowsOf(users, top, now, (key, slot): UserUsage => ({
        ...userOf(key),
        ...figuresOf(users.columns, slot, now),
        ...quantilesOf(users.columns, slot),
      })),
      user_tools: this.pairRows(top),
    };
  }

  *save(): Generator {
    const toolNumbers = new Map<number, number>();
    const userNumbers = new Map<number, number>();
    yield* savedRows('tool', this.tools, this.now, toolNumbers);
    yield* savedRows('user', this.users, this.now, userNumbers);
    for (const [key, slot, isUsed] of this.pairs.entries(this.now)) {
      const user = userNumbers.get(Math.floor(key / SERIALS));
      const tool = toolNumbers.get(key % SERIALS);
      if (this.pairs.slotIfKnown(key) !== slot || user === undefined || tool === undefined) continue;
      yield ['pair', [user, tool], this.pairs.columns.save(slot), isUsed];
    }
    yield ['now', this.now];
  }

  restore(saved: readonly unknown[]): void {
    const serials: Record<'tool' | 'user', (number | undefined)[]> = { tool: [], user: [] };
    for (const row of saved) {
      if (!Array.isArray(row)) continue;
      const [kind, key, figures, used] = row as [Kind | 'now', unknown, unknown, unknown];
      const isUsed = used === true;
      if (kind === 'now' && isWhole(key, LATEST)) this.now = key;
      else if (kind === 'tool' || kind === 'user') {
        const table = kind === 'tool' ? this.tools : this.users;
        const slot = typeof key === 'string' ? table.restore(key, figures, isUsed) : undefined;
        serials[kind].push(slot === undefined ? undefined : table.serialOf(slot));
      } else if (kind === 'pair' && Array.isArray(key)) {
        const user = serials.user[key[0] as number];
        const tool = serials.tool[key[1] as number];
        if (user !== undefined && tool !== undefined) this.pairs.restore(pairOf(user, tool), figures, isUsed);
      }
    }
  }

  private pairRows(top: number): UsageRows<UserToolUsage> {
    const { tools, users, pairs, now } = this;
    const toolKeys = keysBySerial(tools, now);
    const userKeys = keysBySerial(users, now);
    return rowsOf(pairs, top, now, (key, slot): UserToolUsage | undefined => {
      const user = userKeys.get(Math.floor(key / SERIALS));
      const tool = toolKeys.get(key % SERIALS);
      if (user === undefined || tool === undefined) return undefined;
      return { ...userOf(user), ...toolOf(tool), ...figuresOf(pairs.columns, slot, now) };
    });
  }
}

/** A tool call that ended; `undefined` for everything else, such as the observed denial of a call that goes on. */
function useOf({ category, type, timestamp, line }: MonitoringEvent): ToolUse | undefined {
  const outcome = outcomeOf(category === 'tool_execution', type === 'authorization', line);
  if (outcome === undefined || !(timestamp >= 0 && timestamp <= LATEST)) return undefined;
  const { tenant_id, user_id, server_id, tool_name, latency_ms, req_bytes, res_bytes, params_hash } = line;
  return {
    time: timestamp,
    tenant: named(tenant_id, ''),
    user: named(user_id, UNKNOWN),
    server: named(server_id, UNKNOWN),
    tool: named(tool_name, UNKNOWN),
    outcome,
    latency: outcome === 'denied' ? undefined : within(latency_ms, LONGEST_MS),
    requestBytes: within(req_bytes, MOST_BYTES) ?? 0,
    resultBytes: within(res_bytes, MOST_BYTES) ?? 0,
    params: typeof params_hash === 'string' ? params_hash : undefined,
  };
}

function outcomeOf(isExecution: boolean, isDenial: boolean, line: MonitoredLine): Use['outcome'] | undefined {
  const { event, method, action, outcome, success } = line;
  if (isExecution) {
    if (event !== 'mcp_tool_call') return undefined;
    return success === true ? 'success' : 'failure';
  }
  // Lines of the monitoring guide name neither method nor action, and each of them is a tool call that was blocked.
  const isToolCall = method === undefined || method === TOOL_CALL;
  const isEnd = outcome !== undefined || action === undefined;
  return isDenial && isToolCall && isEnd && action !== 'observed' ? 'denied' : undefined;
}

/** Servers and users choose names, and a log may hold anything. */
function named(value: unknown, otherwise: string): string {
  if (typeof value !== 'string' || value === '') return otherwise;
  return value.length <= MAX_NAME ? value : value.slice(0, MAX_NAME);
}

function within(value: unknown, most: number): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= most ? value : undefined;
}

function pairOf(user: number, tool: number): number {
  return user * SERIALS + tool;
}

/** @param numbers - is told which serial number has which row, for the pairs that come after */
function* savedRows(
  kind: Kind,
  table: UsageTable<string>,
  now: number,
  numbers: Map<number, number>,
): Generator {
  for (const [key, slot, isUsed] of table.entries(now)) {
    // Forgotten since the keys were listed: its slot is another's.
    if (table.slotIfKnown(key) !== slot) continue;
    numbers.set(table.serialOf(slot), numbers.size);
    yield [kind, key, table.columns.save(slot), isUsed];
  }
}
