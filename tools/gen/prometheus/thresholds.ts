/**
 * THE numbers at which an alert fires. Sources: the monitoring guide's default thresholds and best practices, the runtime
 * guide's performance thresholds (its `warning` is `medium`, its `critical` `critical`), the SRE workbook for burn rates.
 */
export const THRESHOLDS = {
  /** More than so many within an hour, blocked and observed together, of one job. */
  accessDeniedPerHour: 10,
  rateLimitHitsPerHour: 20,
  budgetExceededPerHour: 5,

  /** Share of the calls that ran and failed, within five minutes. */
  errorRatio: { medium: 0.05, high: 0.1 },
  /** Fewer calls than so many within five minutes (of burn rates: within an hour) prove nothing. */
  minimumCalls: 10,

  /** 95 of 100 calls are to succeed. */
  successObjective: 0.95,
  /** How many times faster than allowed the error budget is used up: over the long and over the short window. */
  burnRate: { fast: 14.4, slow: 6 },

  /** Seconds that 95 of 100 calls of a tool do not exceed. */
  latencySeconds: { medium: 1, critical: 5 },

  /** Share of all calls that were denied, within an hour. */
  denialRatio: 0.01,
  /** With fewer calls one denial alone would exceed it. */
  denialRatioMinimumCalls: 100,

  /** Connections to one server that could not be made within a quarter of an hour. */
  connectionErrors: 5,
  /** A job that was there for so many hours of the last day is missed when it is gone. */
  presentHours: 6,
  /** How full the queue of a Collector's exporter may be. */
  queueFilling: 0.8,
} as const;
