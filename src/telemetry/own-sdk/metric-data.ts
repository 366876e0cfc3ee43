/** The fields of the SDK's metric data that are read or made here; the same in both lines. */
import type { Attributes, HrTime } from '@opentelemetry/api';
import { AggregationTemporality } from './constants';
import type { ScopeLike } from './wire';

export interface HistogramValue {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly count: number;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface PointLike {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly value: unknown;
}

export interface DescriptorLike {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly valueType: number;
}

export interface MetricDataLike {
  readonly descriptor: DescriptorLike;
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly PointLike[];
}

export interface ScopeMetricsLike {
  readonly scope: ScopeLike;
  readonly metrics: readonly MetricDataLike[];
}

/** The same text for the same attributes in any order. */
export function attributesKey(attributes: Attributes): string {
  const names = Object.keys(attributes).toSorted();
  return JSON.stringify(names.map((name) => [name, attributes[name]]));
}

export function isDelta({ aggregationTemporality }: MetricDataLike): boolean {
  return aggregationTemporality === AggregationTemporality.DELTA;
}

export function isHistogramValue(value: unknown): value is HistogramValue {
  return typeof value === 'object' && value !== null && 'buckets' in value;
}
