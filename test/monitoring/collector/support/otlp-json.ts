/** OTLP/HTTP in JSON, written by hand: what an agent with any SDK, or none of ours, could send to a Collector. */
import { randomBytes } from 'node:crypto';
import type { AttributeValue } from '../../../support/otlp-flatten';

export type Given = Readonly<Record<string, AttributeValue>>;

export interface SpanInput {
  readonly name: string;
  readonly traceId?: string;
  readonly kind?: 'INTERNAL' | 'SERVER' | 'CLIENT';
  /** Default 5. */
  readonly ms?: number;
  readonly attributes?: Given;
  readonly events?: readonly { readonly name: string; readonly attributes?: Given }[];
  readonly links?: readonly { readonly attributes: Given }[];
  /** Status ERROR with this message. */
  readonly error?: string;
}

export interface LogInput {
  readonly body?: AttributeValue;
  readonly eventName?: string;
  readonly attributes?: Given;
}

const KINDS = { INTERNAL: 1, SERVER: 2, CLIENT: 3 } as const;
const ERROR = 2;

export const newTraceId = (): string => randomBytes(16).toString('hex');

function value(given: AttributeValue): unknown {
  if (typeof given === 'string') return { stringValue: given };
  if (typeof given === 'boolean') return { boolValue: given };
  if (typeof given === 'number')
    return Number.isInteger(given) ? { intValue: given } : { doubleValue: given };
  if (given === null) return {};
  return Array.isArray(given)
    ? { arrayValue: { values: given.map(value) } }
    : { kvlistValue: { values: attributes(given) } };
}

function attributes(given: Given = {}): unknown[] {
  return Object.entries(given).map(([key, one]) => ({ key, value: value(one) }));
}

const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

function span({
  name,
  traceId = newTraceId(),
  kind = 'CLIENT',
  ms = 5,
  error,
  ...given
}: SpanInput): unknown {
  const end = now();
  return {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: String(end - BigInt(ms) * 1_000_000n),
    endTimeUnixNano: String(end),
    attributes: attributes(given.attributes),
    events: given.events?.map((event) => ({
      timeUnixNano: String(end),
      name: event.name,
      attributes: attributes(event.attributes),
    })),
    links: given.links?.map((link) => ({
      traceId: newTraceId(),
      spanId: randomBytes(8).toString('hex'),
      attributes: attributes(link.attributes),
    })),
    ...(error === undefined ? {} : { status: { code: ERROR, message: error } }),
  };
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok || /rejected/.test(text)) throw new Error(`${url}: ${answer.status} ${text}`);
}

const scope = (given?: Given): unknown => ({ name: 'by-hand', attributes: attributes(given) });

export async function sendSpans(
  otlpUrl: string,
  spans: readonly SpanInput[],
  {
    resource = { 'service.name': 'by-hand' },
    scope: scopeAttributes,
  }: { resource?: Given; scope?: Given } = {},
): Promise<void> {
  const scopeSpans = [{ scope: scope(scopeAttributes), spans: spans.map(span) }];
  const resourceSpans = [{ resource: { attributes: attributes(resource) }, scopeSpans }];
  await post(`${otlpUrl}/v1/traces`, { resourceSpans });
}

export async function sendLogs(
  otlpUrl: string,
  logs: readonly LogInput[],
  resource: Given = { 'service.name': 'by-hand' },
): Promise<void> {
  const logRecords = logs.map((log) => ({
    timeUnixNano: String(now()),
    eventName: log.eventName,
    body: log.body === undefined ? undefined : value(log.body),
    attributes: attributes(log.attributes),
  }));
  const scopeLogs = [{ scope: scope(), logRecords }];
  await post(`${otlpUrl}/v1/logs`, {
    resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs }],
  });
}

/** A cumulative counter of one point. */
export async function sendCounter(
  otlpUrl: string,
  name: string,
  count: number,
  labels: Given,
  resource: Given,
): Promise<void> {
  const point = {
    startTimeUnixNano: String(now() - 60_000_000_000n),
    timeUnixNano: String(now()),
    asInt: count,
    attributes: attributes(labels),
  };
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] };
  const scopeMetrics = [{ scope: scope(), metrics: [{ name, sum }] }];
  await post(`${otlpUrl}/v1/metrics`, {
    resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics }],
  });
}
