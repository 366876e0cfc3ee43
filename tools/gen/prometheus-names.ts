/**
 * What an instrument is called in Prometheus.
 *
 * JavaScript exporter (`@opentelemetry/exporter-prometheus`, both lines): never appends a unit. Collector and the OTLP
 * receiver of Prometheus: as `prometheus/otlptranslator` with its default strategy, which appends the unit where the
 * name does not contain it, and drops units in braces.
 */
import type { Signal } from '../../src/telemetry/signals';

export interface PrometheusNames {
  readonly exporter: string;
  readonly collector: string;
}

const UNIT_NAMES: Readonly<Record<string, string>> = { By: 'bytes', s: 'seconds' };

/** A gauge without a dimension is a ratio; anything else without one gets no suffix. */
const unitNameOf = (type: Signal['type'], unit: string): string | undefined =>
  unit === '1' && type === 'gauge' ? 'ratio' : UNIT_NAMES[unit];

export function prometheusNames({
  name,
  type,
  unit,
}: Pick<Signal, 'name' | 'type' | 'unit'>): PrometheusNames {
  const plain = name.replaceAll(/[^A-Za-z0-9_]+/g, '_');
  const unitName = unitNameOf(type, unit);
  const withUnit =
    unitName === undefined || plain.split('_').includes(unitName) ? plain : `${plain}_${unitName}`;
  const total = type === 'counter' ? '_total' : '';
  return { exporter: plain + total, collector: withUnit + total };
}

/** `mcp.method.name` → `mcp_method_name`. */
export function prometheusLabel(attribute: string): string {
  return attribute.replaceAll(/[^A-Za-z0-9_]+/g, '_');
}
