/** Made-up calls for the detectors, the same every time. */
import type { Finding } from '../../../../src/monitor/finding';
import type { MonitoredLine } from '../../../../src/monitor/line';
import { AnomalyDetectors, type AnomalyOptions } from '../../../../src/monitor/anomaly/detectors';
import { createClassify } from '../../../../src/monitor/classification';
import { Monitor } from '../../../../src/monitor/monitor';
import { DETECTORS } from '../../../../src/policy/monitor-fields';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday. */
export const START = Date.UTC(2026, 2, 2);

/** Numbers in [0, 1) by a linear congruential generator. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export function call(at: number, fields: Partial<MonitoredLine> = {}): MonitoredLine {
  return {
    event: 'mcp_tool_call',
    timestamp: new Date(at).toISOString(),
    method: 'tools/call',
    server_id: 'crm',
    tool_name: 'search',
    user_id: 'alice',
    success: true,
    outcome: 'success',
    latency_ms: 300,
    res_bytes: 2_000,
    ...fields,
  };
}

/** What fails. */
export const failed = { success: false, outcome: 'error', error_type: 'tool_error' } as const;

const USERS = ['alice', 'bob', 'carol'];
const TOOLS = ['search', 'get', 'list'];

/** Three users and three tools around the clock, one call in two minutes; latencies 0.2 to 0.5 s, one in fifty fails. */
export function ordinary(from: number, to: number, seed = 1): MonitoredLine[] {
  const random = randomFrom(seed);
  const lines: MonitoredLine[] = [];
  for (let at = from; at < to; at += -Math.log(1 - random()) * 2 * MINUTE) {
    lines.push(
      call(at, {
        user_id: USERS[Math.floor(random() * USERS.length)],
        tool_name: TOOLS[Math.floor(random() * TOOLS.length)],
        latency_ms: 300 * Math.exp(0.25 * normal(random)),
        res_bytes: Math.round(2_000 * Math.exp(0.5 * normal(random))),
        ...(random() < 0.02 ? failed : {}),
      }),
    );
  }
  return lines;
}

/** Only from 8 to 17 o’clock. */
export const byDay = (lines: readonly MonitoredLine[]): MonitoredLine[] =>
  lines.filter(
    ({ timestamp }) => Number(timestamp.slice(11, 13)) >= 8 && Number(timestamp.slice(11, 13)) < 17,
  );

export const inOrder = (...lines: readonly (readonly MonitoredLine[])[]): MonitoredLine[] =>
  lines.flat().toSorted((one, other) => Date.parse(one.timestamp) - Date.parse(other.timestamp));

export interface Watched {
  readonly detectors: AnomalyDetectors;
  readonly evicted: string[];
  /** Findings of these lines. */
  readonly see: (lines: readonly MonitoredLine[]) => Finding[];
}

export function watch(options: Partial<AnomalyOptions> = {}): Watched {
  const evicted: string[] = [];
  const detectors = new AnomalyDetectors({
    detectors: [...DETECTORS],
    keysMax: 10_000,
    maxAge: 30 * DAY,
    realert: HOUR,
    evicted: (state) => evicted.push(state),
    ...options,
  });
  const classify = createClassify({ sensitive: 'crm/secrets' });
  const monitor = new Monitor({ classify, watchers: [detectors] });
  const see = (lines: readonly MonitoredLine[]): Finding[] => {
    const findings: Finding[] = [];
    for (const line of lines) monitor.observe(line, (finding) => findings.push(finding));
    return findings;
  };
  return { detectors, evicted, see };
}

/** `rule: description` */
export const told = (findings: readonly Finding[]): string[] =>
  findings.map(({ rule, description }) => `${rule}: ${description}`);
