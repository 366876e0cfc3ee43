/** The only place that reads a clock. Durations come from the monotonic one; wall time is for time stamps alone. */

/** Monotonic seconds since the process started. */
export function monotonicSeconds(): number {
  return performance.now() / 1000;
}

/** Wall time as [seconds, nanoseconds] since the Unix epoch, the form in which OpenTelemetry keeps time. */
export function epochTime(): [number, number] {
  const ms = performance.timeOrigin + performance.now();
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
