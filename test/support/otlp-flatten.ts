/** OTLP export requests, JSON or decoded protobuf, as flat records that a test can compare. */

export type AttributeValue =
  | string
  | number
  | boolean
  | AttributeValue[]
  | { [key: string]: AttributeValue }
  | null;
export type Attributes = Record<string, AttributeValue>;

export interface Scope {
  name: string;
  version: string;
}

export interface SpanEvent {
  name: string;
  attributes: Attributes;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

export interface ReceivedSpan {
  name: string;
  kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'UNSPECIFIED';
  traceId: string;
  spanId: string;
  /** Empty for a root span. */
  parentSpanId: string;
  attributes: Attributes;
  status: { code: 'UNSET' | 'OK' | 'ERROR'; message: string };
  events: SpanEvent[];
  links: SpanLink[];
  /** Nanoseconds since the epoch. */
  start: bigint;
  end: bigint;
  scope: Scope;
  resource: Attributes;
}

export interface ReceivedPoint {
  name: string;
  unit: string;
  description: string;
  type: 'gauge' | 'sum' | 'histogram';
  temporality: 'unspecified' | 'delta' | 'cumulative';
  monotonic: boolean;
  attributes: Attributes;
  /** Gauges and sums. */
  value: number | undefined;
  /** Histograms. */
  sum: number | undefined;
  count: number | undefined;
  buckets: number[];
  bounds: number[];
  scope: Scope;
  resource: Attributes;
}

export interface ReceivedLog {
  body: AttributeValue;
  /** Severity number: 9 INFO, 13 WARN, 17 ERROR, 21 FATAL. */
  severity: number;
  eventName: string;
  attributes: Attributes;
  traceId: string;
  spanId: string;
  scope: Scope;
  resource: Attributes;
}

type Json = Record<string, unknown>;

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const CODES = ['UNSET', 'OK', 'ERROR'] as const;
const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => Number(value ?? 0);

/** 64-bit numbers are strings in OTLP's JSON. */
const nanoseconds = (value: unknown): bigint =>
  typeof value === 'string' || typeof value === 'number' ? BigInt(value) : 0n;

/** Ids are hex in JSON and bytes in protobuf. */
function id(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : text(value);
}

function any(value: unknown): AttributeValue {
  const given = object(value);
  if ('stringValue' in given) return text(given['stringValue']);
  if ('boolValue' in given) return given['boolValue'] === true;
  if ('intValue' in given) return number(given['intValue']);
  if ('doubleValue' in given) return number(given['doubleValue']);
  if ('arrayValue' in given) return list(object(given['arrayValue'])['values']).map(any);
  if ('kvlistValue' in given) return attributes(object(given['kvlistValue'])['values']);
  if ('bytesValue' in given) return id(given['bytesValue']);
  return null;
}

function attributes(value: unknown): Attributes {
  return Object.fromEntries(list(value).map((pair) => [text(pair['key']), any(pair['value'])]));
}

/** Visits every record below `resourceX[].scopeX[].records[]`. */
function* records(request: unknown, resources: string, scopes: string, leaves: string) {
  for (const byResource of list(object(request)[resources])) {
    const resource = attributes(object(byResource['resource'])['attributes']);
    for (const byScope of list(byResource[scopes])) {
      const { name, version } = object(byScope['scope']);
      const scope: Scope = { name: text(name), version: text(version) };
      for (const leaf of list(byScope[leaves])) yield { leaf, scope, resource };
    }
  }
}

/** Every span of a trace export request. */
export function flattenSpans(request: unknown): ReceivedSpan[] {
  return Array.from(
    records(request, 'resourceSpans', 'scopeSpans', 'spans'),
    ({ leaf, scope, resource }) => ({
      name: text(leaf['name']),
      kind: KINDS[number(leaf['kind'])] ?? 'UNSPECIFIED',
      traceId: id(leaf['traceId']),
      spanId: id(leaf['spanId']),
      parentSpanId: id(leaf['parentSpanId']),
      attributes: attributes(leaf['attributes']),
      status: {
        code: CODES[number(object(leaf['status'])['code'])] ?? 'UNSET',
        message: text(object(leaf['status'])['message']),
      },
      events: list(leaf['events']).map((event) => ({
        name: text(event['name']),
        attributes: attributes(event['attributes']),
      })),
      links: list(leaf['links']).map((link) => ({
        traceId: id(link['traceId']),
        spanId: id(link['spanId']),
        attributes: attributes(link['attributes']),
      })),
      start: nanoseconds(leaf['startTimeUnixNano']),
      end: nanoseconds(leaf['endTimeUnixNano']),
      scope,
      resource,
    }),
  );
}

function pointsOf(metric: Json): { type: ReceivedPoint['type']; data: Json } {
  for (const type of ['gauge', 'sum', 'histogram'] as const) {
    if (metric[type] !== undefined && metric[type] !== null) return { type, data: object(metric[type]) };
  }
  return { type: 'gauge', data: {} };
}

/** Every data point of a metric export request. */
export function flattenMetrics(request: unknown): ReceivedPoint[] {
  const points: ReceivedPoint[] = [];
  for (const { leaf, scope, resource } of records(request, 'resourceMetrics', 'scopeMetrics', 'metrics')) {
    const { type, data } = pointsOf(leaf);
    for (const point of list(data['dataPoints'])) {
      const histogram = type === 'histogram';
      points.push({
        name: text(leaf['name']),
        unit: text(leaf['unit']),
        description: text(leaf['description']),
        type,
        temporality: TEMPORALITIES[number(data['aggregationTemporality'])] ?? 'unspecified',
        monotonic: data['isMonotonic'] === true,
        attributes: attributes(point['attributes']),
        value: histogram ? undefined : number(point['asDouble'] ?? point['asInt']),
        sum: histogram ? number(point['sum']) : undefined,
        count: histogram ? number(point['count']) : undefined,
        buckets: Array.isArray(point['bucketCounts']) ? point['bucketCounts'].map(Number) : [],
        bounds: Array.isArray(point['explicitBounds']) ? point['explicitBounds'].map(Number) : [],
        scope,
        resource,
      });
    }
  }
  return points;
}

/** Every log record of a log export request. */
export function flattenLogs(request: unknown): ReceivedLog[] {
  return Array.from(
    records(request, 'resourceLogs', 'scopeLogs', 'logRecords'),
    ({ leaf, scope, resource }) => ({
      body: any(leaf['body']),
      severity: number(leaf['severityNumber']),
      eventName: text(leaf['eventName']),
      attributes: attributes(leaf['attributes']),
      traceId: id(leaf['traceId']),
      spanId: id(leaf['spanId']),
      scope,
      resource,
    }),
  );
}
