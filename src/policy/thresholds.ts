/**
 * The numbers at which the report and the alert rules speak up, each once: those of the monitoring guide, with what it
 * leaves open. The policy's `report.thresholds` overrides them for the report.
 */

export interface Threshold {
  /** What holds where the policy says nothing. */
  readonly standard: number;
  readonly unit: string;
  /** Highest value that makes sense. */
  readonly most?: number;
  readonly meaning: string;
}

export const THRESHOLDS = {
  access_denied_per_hour: {
    standard: 10,
    unit: 'denials',
    meaning: 'Alert when more calls than this are denied access, or would be, in any hour.',
  },
  rate_limit_hits_per_hour: {
    standard: 20,
    unit: 'denials',
    meaning: 'Alert when more calls than this hit a rate limit in any hour.',
  },
  budget_exceeded_per_hour: {
    standard: 5,
    unit: 'denials',
    meaning: 'Alert when more calls than this exceed a budget in any hour.',
  },
  error_percent: {
    standard: 10,
    unit: 'percent',
    most: 100,
    meaning: 'Alert of severity high when more of the calls that were not denied fail than this.',
  },
  error_percent_medium: {
    standard: 5,
    unit: 'percent',
    most: 100,
    meaning: 'The same, of severity medium.',
  },
  min_calls: {
    standard: 10,
    unit: 'calls',
    meaning: 'Fewer calls than this say nothing of an error rate.',
  },
  success_percent: {
    standard: 95,
    unit: 'percent',
    most: 100,
    meaning: 'Objective: more of the calls that were not denied succeed than this.',
  },
  average_latency_ms: {
    standard: 1_000,
    unit: 'milliseconds',
    meaning: 'Objective: calls take less than this on average.',
  },
  denied_percent: {
    standard: 1,
    unit: 'percent',
    most: 100,
    meaning: 'Objective: less of all calls is denied than this.',
  },
} as const satisfies Readonly<Record<string, Threshold>>;

export type ThresholdName = keyof typeof THRESHOLDS;
export type Thresholds = Readonly<Record<ThresholdName, number>>;

/**
 * The thresholds with some of them changed.
 *
 * @throws when one is unknown or no number that makes sense
 */
export function thresholdsWith(changes: Partial<Record<ThresholdName, number | undefined>> = {}): Thresholds {
  const all = Object.entries<Threshold>(THRESHOLDS).map(([name, { standard }]) => [name, standard] as const);
  const result = Object.fromEntries(all) as Record<ThresholdName, number>;
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(THRESHOLDS, name))
      throw new RangeError(`there is no '${name}'; there are ${Object.keys(THRESHOLDS).join(', ')}`);
    const { most = Infinity }: Threshold = THRESHOLDS[name as ThresholdName];
    if (!(value >= 0 && value <= most)) {
      throw new RangeError(
        `${name} is a number from 0${most === Infinity ? '' : ` to ${most}`}, not ${value}`,
      );
    }
    result[name as ThresholdName] = value;
  }
  return result;
}
