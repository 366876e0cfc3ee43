/** How an agent uses tools, by the calls of a log: who calls what, how often, how large. */
import type { Arrival } from './arrivals';

export interface UseOfServer {
  readonly serverId: string;
  readonly calls: number;
  /** Names by the agent that called them; `undefined` is an agent without a name. */
  readonly tools: ReadonlyMap<string | undefined, ReadonlySet<string>>;
  readonly resources: ReadonlySet<string>;
  readonly prompts: ReadonlySet<string>;
  /** Methods of calls without a target. */
  readonly methods: ReadonlySet<string>;
}

export interface Rate {
  /** 99 of 100 windows of a key had no more. */
  readonly p99: number;
  readonly most: number;
  readonly windows: number;
}

export interface ToolRate extends Rate {
  readonly serverId: string;
  readonly tool: string;
  readonly calls: number;
}

export interface ObservedUse {
  readonly calls: number;
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly servers: readonly UseOfServer[];
  readonly users: number;
  /** Calls that were made for nobody. */
  readonly withoutUser: number;
  /** Calls of one user to one tool in a minute, in one process. */
  readonly perMinute: Rate;
  /** The same of each tool by itself, those that are called most first. */
  readonly perTool: readonly ToolRate[];
  /** Calls of one user in a day (UTC), in one process. */
  readonly perDay: Rate;
  readonly largest: number;
  /** Calls that the policy in force would have denied; they are part of all this. */
  readonly observed: number;
  /** Calls that were denied; they are not. */
  readonly blocked: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

export function observedUse(arrivals: readonly Arrival[]): ObservedUse {
  const made = arrivals.filter(({ action }) => action !== 'blocked');
  const servers = new Map<string, MutableUse>();
  const users = new Set<string>();
  // As the guards count: a window begins with the first call after the one before has ended.
  const minutes = new Windows((at) => at + MINUTE);
  const tools = new Map<string, { serverId: string; tool: string; calls: number; windows: Windows }>();
  const days = new Windows((at) => Math.floor(at / DAY) * DAY + DAY);
  let largest = 0;
  for (const arrival of made) {
    const { at, bytes = 0, method, serverId, target, tenantId, userId, writer } = arrival;
    let use = servers.get(serverId);
    if (use === undefined) servers.set(serverId, (use = newUse(serverId)));
    addTo(use, arrival);
    const who = JSON.stringify([tenantId, userId]);
    users.add(who);
    // Limits in memory are counted in each process by itself.
    minutes.add(JSON.stringify([writer, who, target ?? method]), at);
    days.add(JSON.stringify([writer, who]), at);
    if (method === 'tools/call' && target !== undefined) {
      const key = JSON.stringify([serverId, target]);
      let tool = tools.get(key);
      if (tool === undefined) {
        const windows = new Windows((begun) => begun + MINUTE);
        tools.set(key, (tool = { serverId, tool: target, calls: 0, windows }));
      }
      tool.calls += 1;
      tool.windows.add(JSON.stringify([writer, who]), at);
    }
    largest = Math.max(largest, bytes);
  }
  return {
    calls: made.length,
    first: made[0] && new Date(made[0].at).toISOString(),
    last: made.at(-1) && new Date(made.at(-1)!.at).toISOString(),
    servers: [...servers.values()].toSorted((a, b) => b.calls - a.calls),
    users: users.size,
    withoutUser: made.filter(({ userId }) => userId === undefined).length,
    perMinute: minutes.rate(),
    perTool: [...tools.values()]
      .map(({ windows, ...tool }) => ({ ...tool, ...windows.rate() }))
      .toSorted((a, b) => b.calls - a.calls),
    perDay: days.rate(),
    largest,
    observed: made.filter(({ action }) => action === 'observed').length,
    blocked: arrivals.length - made.length,
  };
}

interface MutableUse extends UseOfServer {
  calls: number;
  readonly tools: Map<string | undefined, Set<string>>;
  readonly resources: Set<string>;
  readonly prompts: Set<string>;
  readonly methods: Set<string>;
}

function newUse(serverId: string): MutableUse {
  return {
    serverId,
    calls: 0,
    tools: new Map(),
    resources: new Set(),
    prompts: new Set(),
    methods: new Set(),
  };
}

function addTo(use: MutableUse, { agentName, method, target }: Arrival): void {
  use.calls += 1;
  if (target === undefined) use.methods.add(method);
  else if (method === 'tools/call') {
    const tools = use.tools.get(agentName) ?? new Set();
    use.tools.set(agentName, tools.add(target));
  } else if (method === 'prompts/get') use.prompts.add(target);
  else use.resources.add(target);
}

/** Counts calls of keys in windows. */
class Windows {
  private readonly running = new Map<string, { endsAt: number; count: number }>();
  private readonly counts = new Map<number, number>();

  constructor(private readonly endOf: (at: number) => number) {}

  add(key: string, at: number): void {
    const window = this.running.get(key);
    if (window !== undefined && at < window.endsAt) {
      window.count += 1;
      return;
    }
    if (window !== undefined) this.end(window.count);
    this.running.set(key, { endsAt: this.endOf(at), count: 1 });
  }

  rate(): Rate {
    for (const { count } of this.running.values()) this.end(count);
    this.running.clear();
    const ends = [...this.counts].toSorted(([a], [b]) => a - b);
    const windows = ends.reduce((sum, [, times]) => sum + times, 0);
    let seen = 0;
    const p99 = ends.find(([, times]) => (seen += times) >= windows * 0.99)?.[0] ?? 0;
    return { p99, most: ends.at(-1)?.[0] ?? 0, windows };
  }

  private end(count: number): void {
    this.counts.set(count, (this.counts.get(count) ?? 0) + 1);
  }
}
