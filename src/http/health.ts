/**
 * Health as `application/health+json` (draft-inadarei-api-health-check-06), with the monitoring guide's `metrics` beside it.
 * No user and no parameter is named in it, and tools only where a monitor counts them.
 */
import type { CallCounts } from './call-counts';
import type { RuntimeHealth } from '../pipeline/runtime';
import { VERSION } from '../version';
import { monitorChecks } from './monitor-health';
import { sum } from './sum';
import { TOP_TOOLS, usageDetail, type UsageDetail } from './usage';

export type HealthStatus = 'pass' | 'warn' | 'fail';

export interface HealthCheck {
  readonly status: HealthStatus;
  readonly observedValue?: string | number;
  readonly observedUnit?: string;
  /** What is wrong, and what to do; absent when nothing is. */
  readonly output?: string;
  /** When it was so: RFC 3339. */
  readonly time: string;
}

export interface HealthReport {
  readonly status: HealthStatus;
  /** The guide's word for it. */
  readonly status_legacy: 'healthy' | 'degraded' | 'unhealthy';
  /** Version of this format. */
  readonly version: '1';
  /** Version of this package. */
  readonly releaseId: string;
  readonly description: string;
  /** By component and what is measured of it, as the draft has it. */
  readonly checks: Readonly<Record<string, readonly HealthCheck[]>>;
  /** What clients of this process have done since the handler was made; `active_connections` is now. */
  readonly metrics: CallCounts & { readonly active_connections: number };
  /** What the monitor has learned of the usage; absent without one. */
  readonly usage?: UsageDetail;
}

const LEGACY = { pass: 'healthy', warn: 'degraded', fail: 'unhealthy' } as const;
const ORDER: readonly HealthStatus[] = ['pass', 'warn', 'fail'];

type Finding = Omit<HealthCheck, 'time'>;

/** @param isPolicyWanted - whether the environment names a policy, or demands one */
export function healthReport(
  health: RuntimeHealth,
  counts: CallCounts,
  isPolicyWanted: boolean,
  now: Date,
): HealthReport {
  const found: [string, Finding][] = [
    ...policyFindings(health, isPolicyWanted),
    ...auditFindings(health),
    ...breakerFindings(health),
    ...storeFindings(health),
    ...monitorChecks(health.state, now),
    ...exportFindings(health),
  ];
  const status = worst(found.map(([, finding]) => finding.status));
  const time = now.toISOString();
  const usage = health.state?.monitor?.snapshot(TOP_TOOLS)?.usage;
  const checks = Object.fromEntries(found.map(([name, finding]) => [name, [{ ...finding, time }]]));
  return {
    status,
    status_legacy: LEGACY[status],
    version: '1',
    releaseId: VERSION,
    description:
      'MCP clients of this process: policy, audit log, circuit breakers, monitor, export of telemetry',
    checks,
    metrics: { ...counts, active_connections: health.telemetry?.connections ?? 0 },
    ...(usage === undefined ? {} : { usage: usageDetail(usage) }),
  };
}

function worst(statuses: readonly HealthStatus[]): HealthStatus {
  return ORDER[Math.max(0, ...statuses.map((status) => ORDER.indexOf(status)))]!;
}

/** A policy that is wanted and not in force fails: calls are unguarded, or all denied. */
function* policyFindings(
  { policy, state, isGuarded }: RuntimeHealth,
  isPolicyWanted: boolean,
): Generator<[string, Finding]> {
  if (!isPolicyWanted) return;
  if (policy === undefined) {
    const consequence = isGuarded ? 'every guarded call is denied' : 'no call is guarded or audited';
    const output = `no policy is in force, ${consequence}; stderr of the agent says why`;
    yield ['policy:loaded', { status: 'fail', output }];
    return;
  }
  yield ['policy:loaded', { status: 'pass', observedValue: `${policy.id}@${policy.digest}` }];
  const errors = sum(state?.policyLoadErrors() ?? []);
  if (errors === 0) return;
  yield [
    'policy:load_errors',
    {
      status: 'warn',
      observedValue: errors,
      output: 'the policy file could not be put into force at times; stderr of the agent says why',
    },
  ];
}

function* auditFindings({ state }: RuntimeHealth): Generator<[string, Finding]> {
  const isWritable = state?.isAuditWritable();
  if (state === undefined || isWritable === undefined) return;
  yield [
    'audit:writable',
    isWritable
      ? { status: 'pass', observedValue: sum(state.auditRecords()), observedUnit: 'records' }
      : { status: 'fail', output: 'the audit log cannot be written: look at its folder and the disk' },
  ];
  const dropped = sum(state.auditDropped());
  yield [
    'audit:dropped',
    dropped === 0
      ? { status: 'pass', observedValue: 0, observedUnit: 'records' }
      : {
          status: 'warn',
          observedValue: dropped,
          observedUnit: 'records',
          output: 'lines of the audit log were lost; the log itself says where',
        },
  ];
}

const BREAKER_STATES = ['closed', 'half_open', 'open'] as const;

function* breakerFindings({ state }: RuntimeHealth): Generator<[string, Finding]> {
  for (const { attributes, value } of state?.breakerState() ?? []) {
    const observedValue = BREAKER_STATES[value] ?? String(value);
    const server = attributes['server_id'];
    yield [
      `breaker:${server}`,
      value === 0
        ? { status: 'pass', observedValue }
        : { status: 'warn', observedValue, output: `calls to ${server} are denied while it does not answer` },
    ];
  }
}

function* storeFindings({ state }: RuntimeHealth): Generator<[string, Finding]> {
  const errors = sum(state?.storeErrors() ?? []);
  if (errors === 0) return;
  const output =
    'the shared store of limits did not answer at times; limits then counted as the policy’s on_error says';
  yield ['store:errors', { status: 'warn', observedValue: errors, output }];
}

/** Of our own SDK: an agent’s own says nothing of its exports. */
function* exportFindings({ telemetry }: RuntimeHealth): Generator<[string, Finding]> {
  for (const { signal, lost, deliveredAt = 0, failedAt = 0, reason } of telemetry?.deliveries ?? []) {
    const isFailing = failedAt > deliveredAt;
    const lastAt = Math.max(deliveredAt, failedAt);
    const output = `${isFailing ? `${reason}; ` : ''}${lost} lost since the start`;
    yield [
      `exporter:last_export:${signal}`,
      {
        status: isFailing ? 'warn' : 'pass',
        ...(lastAt === 0 ? {} : { observedValue: new Date(lastAt).toISOString() }),
        ...(isFailing || lost > 0 ? { output } : {}),
      },
    ];
  }
}
