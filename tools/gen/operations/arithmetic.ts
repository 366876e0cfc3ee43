/** The arithmetic of docs/operations.md: what a fleet of agents is to those that watch it. */
import { DURATION_BOUNDARIES } from '../../../src/telemetry/semconv';
import { UNIT_COSTS } from './unit-costs';

/** What one agent process does. */
export interface AgentShape {
  /** Tools that it uses. */
  readonly tools: number;
  readonly servers: number;
  /** Users that it serves; 1 with `OTEL_MCP_USER_LABEL=off`. */
  readonly users: number;
  /** Guards that its policy configures; 0 without a policy. */
  readonly guards: number;
  /** Share of its tools, and of the pairs of tool and user, that have failed at least once. */
  readonly failing?: number;
}

/** Series of one histogram: a bucket for every boundary and one for all, sum and count. */
export const HISTOGRAM_SERIES = DURATION_BOUNDARIES.length + 3;

/** Other methods than calls of tools that every agent makes or answers: two of the handshake, and `roots/list`. */
const OTHER_METHODS = 3;

/** Of the policy: 15 of the time that guards take, and one each of policy, errors of policy and store, and the audit log. */
const POLICY_SERIES = 21;

/** Of `mcp_tool_calls_total`. */
const callSeriesOfAgent = ({ tools, users, failing = 0 }: AgentShape): number =>
  tools * users * (1 + failing);

/** Time series of one agent process. */
export function seriesOfAgent(shape: AgentShape): number {
  const { tools, servers, users, guards, failing = 0 } = shape;
  const outcomes = 1 + failing;
  // The guide's histogram and the convention's.
  const durations = HISTOGRAM_SERIES * (2 * tools * outcomes + OTHER_METHODS);
  const calls = callSeriesOfAgent(shape);
  const errors = tools * users * failing;
  // Decisions by guard and tool; denials by guard and action, which are there from the start.
  const policy = guards === 0 ? 0 : guards * tools + 2 * guards + POLICY_SERIES;
  return Math.round(durations + calls + errors + policy + servers + 1);
}

/** What an agent of the tables does: ten tools of two servers, for one user, under eight guards. */
export const TYPICAL: Required<AgentShape> = { tools: 10, servers: 2, users: 1, guards: 8, failing: 0.2 };

/** How often things happen; every one can be another in another fleet. */
export const RATES = {
  /** Tool calls per second of one agent: one in ten seconds. */
  callsPerSecond: 0.1,
  /** Seconds between two exports, and two scrapes, of the tables. */
  metricIntervalSeconds: 60,
  /** Share of spans that is kept: 10 % of all, and every denied, failed or slow one. */
  keptShare: 0.15,
  /** `MCP_DECISION_WAIT`. */
  decisionWaitSeconds: 30,
  /** At most one request of spans in so many seconds and process: `OTEL_BSP_SCHEDULE_DELAY`. */
  batchSeconds: 5,
  /** Redis: limits that one call asks about. */
  sharedLimits: 2,
  /** Users per agent whose counters are in Redis, and tools that each of them uses. */
  keysPerAgent: 11,
} as const;

const DAY = 86_400;

export interface FleetLoad {
  readonly agents: number;
  readonly callsPerSecond: number;
  readonly spansPerSecond: number;
  readonly traceBytesPerSecond: number;
  readonly series: number;
  readonly samplesPerSecond: number;
  readonly metricBytesPerSecond: number;
  /** Cores that are busy, all Collectors together. */
  readonly collectorCores: number;
  /** Bytes that spans occupy while they wait for a decision, all Collectors together. */
  readonly collectorWaitingBytes: number;
  readonly prometheusMemoryBytes: number;
  readonly prometheusDiskBytesPerYear: number;
  readonly prometheusCores: number;
  readonly keptSpansPerSecond: number;
  readonly keptBytesPerDay: number;
  readonly redisCores: number;
  readonly redisMemoryBytes: number;
  readonly auditBytesPerDay: number;
}

/** @param agents - processes */
export function loadOf(
  agents: number,
  shape: AgentShape = TYPICAL,
  rates: Rates = RATES,
  costs: Costs = UNIT_COSTS,
): FleetLoad {
  const calls = agents * rates.callsPerSecond;
  const series = agents * seriesOfAgent(shape);
  const samples = series / rates.metricIntervalSeconds;
  // A CLIENT and a SERVER span for each call; an agent and its servers send requests of their own.
  const spans = 2 * calls;
  const requests = 2 * agents * Math.min(rates.callsPerSecond, 1 / rates.batchSeconds);
  const points = pointsOfAgent(shape);
  const pointBytes = points.histograms * costs.histogramPointBytes + points.numbers * costs.counterPointBytes;
  const pointsPerSecond = (agents * (points.histograms + points.numbers)) / rates.metricIntervalSeconds;
  const waiting = spans * rates.decisionWaitSeconds * (1 - rates.keptShare);
  const kept = spans * rates.keptShare;
  const spanBytes = (costs.guardedSpanBytes + costs.serverSpanBytes) / 2;
  return {
    agents,
    callsPerSecond: calls,
    spansPerSecond: spans,
    traceBytesPerSecond: spans * spanBytes + requests * costs.traceRequestBytes,
    series,
    samplesPerSecond: samples,
    metricBytesPerSecond: (agents * (pointBytes + costs.metricRequestBytes)) / rates.metricIntervalSeconds,
    collectorCores:
      (spans * costs.collectorCpuPer1000Spans +
        pointsPerSecond * costs.collectorCpuPer1000Points +
        samples * costs.collectorCpuPer1000SeriesScraped) /
      1000,
    collectorWaitingBytes: waiting * costs.collectorBytesPerWaitingSpan,
    prometheusMemoryBytes: series * costs.prometheusBytesPerSeries,
    prometheusDiskBytesPerYear: samples * costs.prometheusBytesPerSample * 365 * DAY,
    prometheusCores:
      (samples * costs.prometheusCpuPer1000Samples) / 1000 +
      (agents * callSeriesOfAgent(shape) * costs.ruleCpuPerCallSeries) / 60,
    keptSpansPerSecond: kept,
    keptBytesPerDay: kept * spanBytes * DAY,
    redisCores: (calls * costs.redisMicrosecondsTwoLimits) / 1e6,
    redisMemoryBytes: agents * rates.keysPerAgent * costs.redisBytesPerKey,
    auditBytesPerDay: calls * costs.auditLineBytes * DAY,
  };
}

type Costs = { readonly [Key in keyof typeof UNIT_COSTS]: number };
type Rates = { readonly [Key in keyof typeof RATES]: number };

/** What one agent sends of metrics by OTLP: a histogram is one point there. */
export function pointsOfAgent(shape: AgentShape): { histograms: number; numbers: number } {
  const { tools, guards, failing = 0 } = shape;
  const histograms = Math.round(2 * tools * (1 + failing)) + OTHER_METHODS + (guards === 0 ? 0 : 1);
  // Those of the guards' time have two series less.
  const bucketed = histograms * HISTOGRAM_SERIES - (guards === 0 ? 0 : 2);
  return { histograms, numbers: Math.max(0, seriesOfAgent(shape) - bucketed - 1) };
}
