/** Numbers of the OpenTelemetry API and SDK that are the same in both lines; a type import cannot bring their values. */

export const TraceFlags = { SAMPLED: 1 } as const;
export const AggregationTemporality = { DELTA: 0, CUMULATIVE: 1 } as const;
export const DataPointType = { HISTOGRAM: 0, GAUGE: 2, SUM: 3 } as const;
export const ValueType = { DOUBLE: 1 } as const;
export const ExportResultCode = { SUCCESS: 0 } as const;

/** Instrumentation scope of this package's tracers and meters. */
export const SCOPE_NAME = 'opentelemetry-instrumentation-mcp';
