/**
 * Questions about what the Collector says of itself, on its own page. Names as the shipped configuration's page has them
 * with 0.158: without `_total`; a Collector with other settings appends it, so both are asked for.
 */
const WHERE = 'job, instance, exporter';

const SIGNALS = {
  traces: 'spans',
  metrics: 'metric_points',
  logs: 'log_records',
} as const;

const counter = (stem: string, items: string): string => `{__name__=~"otelcol_${stem}_${items}(_total)?"}`;

/** One result for each of the three signals, with a label `signal`. */
function bySignal(expression: (items: string) => string): string {
  return Object.entries(SIGNALS)
    .map(([signal, items]) => `label_replace(\n  ${expression(items)},\n  "signal", "${signal}", "", ""\n)`)
    .join('\nor\n');
}

const perMinute = (by: string, stem: string, items: string): string =>
  `sum by (${by}) (rate(${counter(stem, items)}[5m])) * 60 > 0`;

/** Items per minute that an exporter gave up: refused by where they should go, or out of retries. */
export const sendFailures = (): string =>
  bySignal((items) => perMinute(WHERE, 'exporter_send_failed', items));

/** Items per minute that found no place in an exporter's queue. */
export const enqueueFailures = (): string =>
  bySignal((items) => perMinute(WHERE, 'exporter_enqueue_failed', items));

/** Items per minute that a receiver did not take, most often because memory is short; well-behaved agents send them again. */
export const refusals = (): string =>
  bySignal((items) => perMinute('job, instance, receiver', 'receiver_refused', items));

/** How full each exporter's queue is, 0 to 1. */
export const queueFilling = (): string =>
  `max by (${WHERE}) (otelcol_exporter_queue_size)\n/ (max by (${WHERE}) (otelcol_exporter_queue_capacity) > 0)`;

/** How much waits in the queue of exporters that had something to send for five minutes, and sent nothing. */
export function waiting(): string {
  const sent = Object.values(SIGNALS)
    .map((items) => `  sum by (${WHERE}) (rate(${counter('exporter_sent', items)}[5m])) > 0`)
    .join('\n  or\n');
  return `max by (${WHERE}) (min_over_time(otelcol_exporter_queue_size[5m])) > 0\nunless (\n${sent}\n)`;
}
