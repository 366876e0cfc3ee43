/** What a health check says of the runtime monitor. No user, tool or parameter is named in it. */
import { SEVERITIES, type Severity } from '../core/severity';
import type { GuardState } from '../pipeline/guard-state';
import type { HealthCheck } from './health';
import { sum } from './sum';

type Check = Omit<HealthCheck, 'time'>;

/** A finding of this severity in the last hour is a warning; the alert rule looks as far back. */
const WORST: Severity = 'critical';
const RECENT_MS = 3_600_000;

/** States of limits; those of the monitor are all others. */
const OF_LIMITS: ReadonlySet<string | undefined> = new Set(['rate_limit', 'budget']);

/** What to do about events that were not looked at. */
const REMEDIES: Readonly<Record<string, string>> = {
  queue_full: 'calls come faster than it can look: give it fewer rules or detectors (monitor)',
  failed: 'it failed itself: stderr of the agent says why',
};

/** None where no policy has had a `monitor` section. */
export function* monitorChecks(state: GuardState | undefined, now: Date): Generator<[string, Check]> {
  const monitor = state?.monitor;
  if (state === undefined || monitor === undefined) return;
  yield ['monitor:dropped', dropped(monitor.monitorDropped())];
  yield ['monitor:findings', findings(monitor.recent, now)];
  const forgotten = [...state.stateEvictions()].filter(
    ({ attributes }) => !OF_LIMITS.has(attributes['state']),
  );
  if (forgotten.length > 0) {
    const parts = forgotten.map(({ attributes, value }) => `${value} × ${attributes['state']}`);
    yield [
      'monitor:evictions',
      {
        status: 'pass',
        observedValue: sum(forgotten),
        observedUnit: 'keys',
        output: `forgotten because there were too many: ${parts.join(', ')}; monitor.keys_max says how many tools and users are kept`,
      },
    ];
  }
  if (monitor.isStateKept !== false) return;
  const output =
    'the state_file of the monitor cannot be used: what is usual is forgotten when the agent ends; stderr of the agent says why';
  yield ['monitor:state_file', { status: 'warn', output }];
}

type Observations = Iterable<{
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number;
}>;

function dropped(observations: Observations): Check {
  const lost = [...observations].filter(({ value }) => value > 0);
  const check = { observedValue: sum(lost), observedUnit: 'events' };
  if (lost.length === 0) return { status: 'pass', ...check };
  const parts = lost.map(({ attributes, value }) => {
    const reason = String(attributes['reason']);
    return `${value} × ${reason}: ${REMEDIES[reason] ?? 'stderr of the agent says why'}`;
  });
  return { status: 'warn', ...check, output: `not looked at: ${parts.join('; ')}` };
}

/** Of the last 100. */
function findings(recent: NonNullable<GuardState['monitor']>['recent'], now: Date): Check {
  const parts = SEVERITIES.toReversed().flatMap((severity) => {
    const count = recent.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const since = now.getTime() - RECENT_MS;
  const isWorst = recent.some(({ event, severity }) => severity === WORST && event.timestamp >= since);
  return {
    status: isWorst ? 'warn' : 'pass',
    observedValue: recent.length,
    observedUnit: 'findings',
    ...(parts.length === 0 ? {} : { output: `${parts.join(', ')}; the audit log says what and who` }),
  };
}
