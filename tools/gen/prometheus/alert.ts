/** The form of an alert rule. */
import type { Severity } from '../../../src/core/severity';
import { RECORDS } from '../promql/records';
import type { Series } from '../promql/series';

/** With the severity what routes it: `collector-config/alertmanager/alertmanager.yaml`. */
export type AlertClass = 'security' | 'reliability' | 'pipeline';

/** The severity is a label of the series that the alert is about. */
export const OF_SERIES = 'of its series';

export interface AlertRule {
  /** Two levels of one thing share one name: the worse inhibits the other. */
  readonly alert: string;
  readonly severity: Severity | typeof OF_SERIES;
  readonly expression: string;
  /** How long it has to hold. Absent: an hour's count does not flicker, and waiting would only delay. */
  readonly for?: string;
  readonly summary: string;
  readonly description: string;
  readonly dashboard: 'mcp-overview' | 'mcp-security' | 'mcp-runtime';
  /** Whether its `job` is not an agent’s, or it has none: the dashboard then shows all. */
  readonly ofNoAgent?: true;
  /** What an operator should know; a comment before the rule. */
  readonly about?: string;
}

export interface AlertGroup {
  readonly alertClass: AlertClass;
  readonly rules: readonly AlertRule[];
}

/** Fires above `limit`. */
export const above = (expression: string, limit: number): string => `${expression} > ${limit}`;

/** Fires only where `volume` by the same labels is at least `minimum`. */
export const withVolume = (
  expression: string,
  on: readonly string[],
  volume: string,
  minimum: number,
): string => `${expression}\nand on (${on.join(', ')}) ${volume} >= ${minimum}`;

/** In a text: the value as a number for people. */
export const VALUE = '{{ $value | humanize }}';
export const PERCENT = '{{ $value | humanizePercentage }}';
export const DURATION = '{{ $value | humanizeDuration }}';
export const JOB = '{{ $labels.job }}';

/** In a text: how many of the job's denials were blocked; the others were observed. */
export const blocked = (denials: Series<'job' | 'guard' | 'action'>): string =>
  `{{ with printf ${JSON.stringify(`sum(${denials.name}{job=%q,action="blocked"})`)} $labels.job | query }}` +
  '{{ . | first | value | humanize }}{{ else }}0{{ end }}';

/** In a text: how many calls a job made in the last hour. */
export const callsOfTheHour =
  `{{ with printf ${JSON.stringify(`${RECORDS.allCalls1h.name}{job=%q}`)} $labels.job | query }}` +
  '{{ . | first | value | humanize }}{{ else }}0{{ end }}';
