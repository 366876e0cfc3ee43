/**
 * Medians of `npm run bench:fleet` on a machine with two cores that did other things as well; CPU is that of the process.
 * Measured again, they are put in here, and `npm run gen` does the sums anew.
 */
export const UNIT_COSTS = {
  clientSpanBytes: 406,
  serverSpanBytes: 359,
  guardedSpanBytes: 826,
  deniedSpanBytes: 1_380,
  traceRequestBytes: 932,
  gzipRatio: 0.0988,
  counterPointBytes: 158,
  histogramPointBytes: 421,
  metricRequestBytes: 2_660,
  auditLineBytes: 1_030,
  redisMicrosecondsOneLimit: 12.8,
  redisMicrosecondsTwoLimits: 21.9,
  redisBytesPerCall: 456,
  redisBytesPerKey: 226,
  collectorCpuPer1000Spans: 0.145,
  collectorCpuPer1000SpansUnmasked: 0.0733,
  collectorCpuPer1000SpansEmpty: 0.0095,
  collectorCpuPer1000SpansFirstTier: 0.0865,
  collectorIdleBytes: 88_600_000,
  collectorBytesPerWaitingSpan: 5_580,
  collectorCpuPer1000Points: 0.0261,
  collectorCpuPer1000SeriesScraped: 0.0132,
  collectorBytesPerSeries: 1_700,
  pageBytesPerSeries: 333,
  prometheusBytesPerSeries: 2_390,
  prometheusCpuPer1000Samples: 0.00134,
  /** Of the recording rules, a minute, for each series of mcp_tool_calls_total; measured apart, with 5,000 series at 15 s. */
  ruleCpuPerCallSeries: 0.00015,
  prometheusBytesPerSample: 0.973,
  jaegerBytesPerSpan: 3_700,
  jaegerCpuPer1000Spans: 0.0185,
} as const;
