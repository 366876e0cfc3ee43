/**
 * THE numbers at which an alert fires. Sources: the monitoring guide's default thresholds and best practices, the runtime
 * guide's performance thresholds (its `warning` is `medium`, its `critical` `critical`), the SRE workbook for burn rates.
 * Those that the report has too are written once, in `src/policy/thresholds.ts`.
 */
import { THRESHOLDS as REPORT } from '../../../src/policy/thresholds';

export const THRESHOLDS = {
  /** More than so many within an hour, blocked and observed together, of one job. */
  accessDeniedPerHour: REPORT.access_denied_per_hour.standard,
  rateLimitHitsPerHour: REPORT.rate_limit_hits_per_hour.standard,
  budgetExceededPerHour: REPORT.budget_exceeded_per_hour.standard,

  /** Share of the calls that ran and failed, within five minutes. */
  errorRatio: {
    medium: REPORT.error_percent_medium.standard / 100,
    high: REPORT.error_percent.standard / 100,
  },
  /** Fewer calls than so many within five minutes (of burn rates: within an hour) prove nothing. */
  minimumCalls: REPORT.min_calls.standard,

  /** 95 of 100 calls are to succeed. */
  successObjective: REPORT.success_percent.standard / 100,
  /** How many times faster than allowed the error budget is used up: over the long and over the short window. */
  burnRate: { fast: 14.4, slow: 6 },

  /** Seconds that 95 of 100 calls of a tool do not exceed. */
  latencySeconds: { medium: 1, critical: 5 },

  /** Share of a host's processors, of its memory, and of a file system that is used. */
  hostCpu: { medium: 0.8, critical: 0.95 },
  hostMemory: { medium: 0.85, critical: 0.95 },
  hostDisk: { medium: 0.8, critical: 0.9 },
  /** Calls per second that a busy job does not fall below. */
  throughput: { medium: 100, critical: 50 },

  /** Authentications at one server that failed within an hour, and their share of all at which it is worth a look. */
  authFailuresPerHour: 10,
  authFailureRatio: 0.5,

  /** Share of all calls that were denied, within an hour. */
  denialRatio: REPORT.denied_percent.standard / 100,
  /** With fewer calls one denial alone would exceed it. */
  denialRatioMinimumCalls: 100,

  /** Connections to one server that could not be made within a quarter of an hour. */
  connectionErrors: 5,
  /** A job that was there for so many hours of the last day is missed when it is gone. */
  presentHours: 6,
  /** How full the queue of a Collector's exporter may be. */
  queueFilling: 0.8,
} as const;
