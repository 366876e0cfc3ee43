/** Which temporality `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` gives each kind of instrument. */
import { warnOnce } from '../../core/diagnostics';
import { AggregationTemporality } from './constants';

/** @param instrumentType - the SDK's name, such as `COUNTER` */
export type TemporalitySelector = (instrumentType: string) => number;

/** From the OTLP exporter specification: the instruments that each preference makes delta. */
const DELTA: Record<string, readonly string[]> = {
  cumulative: [],
  delta: ['COUNTER', 'OBSERVABLE_COUNTER', 'HISTOGRAM', 'GAUGE', 'OBSERVABLE_GAUGE'],
  lowmemory: ['COUNTER', 'HISTOGRAM'],
};

export function temporalitySelector(preference: string | undefined): TemporalitySelector {
  const chosen = preference?.toLowerCase() ?? 'cumulative';
  const delta = DELTA[chosen];
  if (delta === undefined) {
    warnOnce(
      'environment:OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is unknown and ignored; allowed: ${Object.keys(DELTA).join(', ')}`,
    );
  }
  return (type) =>
    delta?.includes(type) === true ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
}
