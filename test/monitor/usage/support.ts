/** Tool calls as the monitor is told of them. */
import { createClassify } from '../../../src/monitor/classification';
import { eventsOfLine } from '../../../src/monitor/events-of-line';
import type { MonitoredLine } from '../../../src/monitor/line';
import { Usage } from '../../../src/monitor/usage/usage';

export const START = Date.UTC(2026, 0, 5, 8);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const classify = createClassify();

export interface Call {
  readonly time?: number;
  readonly fields?: Partial<Record<keyof MonitoredLine, unknown>> | undefined;
}

export function lineOf({ time = START, fields = {} }: Call): MonitoredLine {
  return {
    event: 'mcp_tool_call',
    method: 'tools/call',
    server_id: 'crm',
    tool_name: 'search',
    user_id: 'ada',
    success: true,
    outcome: 'success',
    action: 'allowed',
    latency_ms: 12,
    ...fields,
    timestamp: new Date(time).toISOString(),
  } as MonitoredLine;
}

export function tell(usage: Usage, call: Call): void {
  for (const event of eventsOfLine(lineOf(call), classify)) usage.observe(event);
}

export interface TestUsage {
  readonly usage: Usage;
  /** How many keys of each kind were evicted. */
  readonly evictions: Record<string, number>;
}

export function createUsage(keysMax = 1_000, maxAge = 30 * DAY): TestUsage {
  const evictions: Record<string, number> = {};
  const evicted = (state: string): void => {
    evictions[state] = (evictions[state] ?? 0) + 1;
  };
  return { usage: new Usage({ keysMax, maxAge }, evicted), evictions };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
