/** One meaning, one colour, in every panel of every dashboard. Names are Grafana's, so that they follow its theme. */
export const COLOUR = {
  success: 'green',
  error: 'red',
  denied: 'orange',
  blocked: 'orange',
  observed: 'blue',
  /** Neither good nor bad: plain counts. */
  plain: 'semi-dark-blue',
  quiet: 'text',
} as const;

/** By severity of an alert, the most urgent last. */
export const SEVERITIES = {
  low: 'blue',
  medium: 'yellow',
  high: 'orange',
  critical: 'red',
} as const;

/** Quantiles of durations. */
export const QUANTILES = { p50: 'green', p95: 'yellow', p99: 'purple' } as const;
