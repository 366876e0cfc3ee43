/** What is lost on the way, by agents and by the Collector. */
import { firing, series, type Case } from '../case';

const collector = (name: string, labels: Record<string, string> = {}): string =>
  series(name, { job: 'mcp-collector', exporter: 'otlp_http/jaeger', ...labels });
const FROM = { job: 'mcp-collector', instance: 'i', exporter: 'otlp_http/jaeger' };

const AGENTS: readonly Case[] = [
  {
    title: 'an agent lost 40 spans',
    series: {
      [series('mcpguard_export_dropped_total', { signal: 'traces' })]: '0x10 40x60',
      [series('mcpguard_export_dropped_total', { signal: 'metrics' })]: '0x70',
    },
    fires: {
      '10m': [],
      '12m': [
        firing(
          'McpTelemetryDropped',
          'medium',
          { job: 'a', signal: 'traces' },
          {
            summary: 'Agents lose traces (a)',
            description:
              '40 items of traces could not be delivered in the last 15 minutes: nobody took them. Calls are not affected.',
          },
        ),
      ],
      '27m': [],
    },
  },
  {
    title: 'an agent loses nothing',
    series: { [series('mcpguard_export_dropped_total', { signal: 'traces' })]: '0x70' },
    fires: { '30m': [] },
    silent: ['McpTelemetryDropped'],
  },
  {
    title: 'the SDK’s own limit is reached by two instruments',
    series: {
      'mcp_tool_calls_total{job="a",instance="i",otel_metric_overflow="true"}': '_x5 9x60',
      'mcpguard_decisions_total{job="a",instance="i",otel_metric_overflow="true"}': '_x5 9x60',
    },
    fires: {
      '4m': [],
      '6m': [
        firing(
          'McpSeriesOverflow',
          'medium',
          { job: 'a' },
          {
            summary: 'MCP metrics have lost their labels (a)',
            description:
              "2 series hold everything past the SDK's limit of 2,000 label sets: which tool, guard or user is lost. It lasts until the process restarts.",
          },
        ),
      ],
    },
  },
  {
    title: 'the overflow of somebody else’s metric',
    series: { 'http_requests_total{job="a",instance="i",otel_metric_overflow="true"}': '9x60' },
    fires: { '10m': [] },
    silent: ['McpSeriesOverflow'],
  },
  {
    title: 'the 201st user',
    series: { [series('mcpguard_labels_overflow_total', { label: 'user_id' })]: '_x5 3x80' },
    fires: {
      '4m': [],
      '7m': [
        firing(
          'McpLabelOverflow',
          'low',
          { job: 'a', label: 'user_id' },
          {
            summary: 'Too many values of the label user_id (a)',
            description:
              '3 values of user_id became __other__ in the last hour. Counts are right, but no longer apart. OTEL_MCP_USER_LABEL=off spares the label for users.',
          },
        ),
      ],
      '70m': [],
    },
  },
  {
    title: 'no label is full',
    series: { [series('mcpguard_labels_overflow_total', { label: 'user_id' })]: '0x80' },
    fires: { '7m': [] },
    silent: ['McpLabelOverflow'],
  },
  {
    title: 'the instrumentation fails in two places',
    series: {
      [series('mcpguard_internal_errors_total', { component: 'sdk' })]: '_x5 1x80',
      [series('mcpguard_internal_errors_total', { component: 'audit' })]: '_x5 2x80',
    },
    fires: {
      '7m': [
        firing(
          'McpInternalErrors',
          'low',
          { job: 'a', part: 'audit' },
          {
            summary: 'The MCP instrumentation failed in audit (a)',
            description:
              "2 failures of audit were bypassed in the last hour: the agent did not see them, but some telemetry is missing. The agent's stderr says more.",
          },
        ),
        firing(
          'McpInternalErrors',
          'low',
          { job: 'a', part: 'sdk' },
          {
            summary: 'The MCP instrumentation failed in sdk (a)',
            description:
              "1 failures of sdk were bypassed in the last hour: the agent did not see them, but some telemetry is missing. The agent's stderr says more.",
          },
        ),
      ],
    },
  },
  {
    title: 'the instrumentation does not fail',
    series: { [series('mcpguard_internal_errors_total', { component: 'sdk' })]: '0x80' },
    fires: { '7m': [] },
    silent: ['McpInternalErrors'],
  },
];

const COLLECTOR: readonly Case[] = [
  {
    title: 'the Collector gives up spans, and metrics find no place in the queue',
    series: {
      [collector('otelcol_exporter_send_failed_spans', { server_address: 'h' })]: '0x5 0+6x40',
      [collector('otelcol_exporter_enqueue_failed_metric_points_total')]: '0x5 0+3x40',
      [collector('otelcol_exporter_sent_spans')]: '0+9x45',
    },
    fires: {
      '9m': [],
      '20m': [
        firing(
          'McpCollectorExportFailing',
          'high',
          { ...FROM, signal: 'metrics' },
          {
            summary: 'The Collector loses metrics',
            description:
              '3 items of metrics per minute are lost in otlp_http/jaeger of the Collector i: refused, out of retries, or without a place in the queue.',
          },
        ),
        firing(
          'McpCollectorExportFailing',
          'high',
          { ...FROM, signal: 'traces' },
          {
            summary: 'The Collector loses traces',
            description:
              '6 items of traces per minute are lost in otlp_http/jaeger of the Collector i: refused, out of retries, or without a place in the queue.',
          },
        ),
      ],
    },
  },
  {
    title: 'one failed request',
    series: { [collector('otelcol_exporter_send_failed_spans')]: '0x5 6x40' },
    fires: { '7m': [], '12m': [], '30m': [] },
    silent: ['McpCollectorExportFailing'],
  },
  {
    title: 'Jaeger is away: nothing is sent, the queue grows until it is full',
    series: {
      [collector('otelcol_exporter_queue_size', { data_type: 'traces' })]: '0x5 20000x25 36000x20',
      [collector('otelcol_exporter_queue_capacity', { data_type: 'traces' })]: '40000x50',
      [collector('otelcol_exporter_sent_spans')]: '0+9x5 45x50',
    },
    fires: {
      '10m': [],
      '30m': [
        firing('McpCollectorNotDelivering', 'high', FROM, {
          summary: 'The Collector cannot deliver',
          description:
            '20k items or more wait in the queue of otlp_http/jaeger of the Collector i, and none has been sent for 5 minutes: what is behind it is away. Nothing is lost until the queue is full.',
        }),
      ],
      '41m': [
        firing('McpCollectorNotDelivering', 'high', FROM),
        firing('McpCollectorQueueNearlyFull', 'medium', FROM, {
          summary: 'A queue of the Collector is nearly full',
          description:
            'The queue of otlp_http/jaeger of the Collector i is filled to 90%; past that it loses what comes.',
        }),
      ],
    },
  },
  {
    title: 'a busy queue that is emptied',
    series: {
      [collector('otelcol_exporter_queue_size')]: '20000x60',
      [collector('otelcol_exporter_queue_capacity')]: '40000x60',
      [collector('otelcol_exporter_sent_spans_total')]: '0+900x60',
    },
    fires: { '30m': [] },
    silent: ['McpCollectorNotDelivering', 'McpCollectorQueueNearlyFull'],
  },
  {
    title: 'memory is short: the Collector refuses log records',
    series: {
      [series('otelcol_receiver_refused_log_records', { job: 'mcp-collector', receiver: 'otlp' })]:
        '0x5 0+2x40',
    },
    fires: {
      '9m': [],
      '20m': [
        firing(
          'McpCollectorRefusing',
          'high',
          { job: 'mcp-collector', instance: 'i', receiver: 'otlp', signal: 'logs' },
          {
            summary: 'The Collector refuses logs',
            description:
              '2 items of logs per minute are refused by the Collector i, most often because its memory is short. Agents send again for a while, then lose them.',
          },
        ),
      ],
    },
  },
  {
    title: 'the Collector refuses nothing',
    series: {
      [series('otelcol_receiver_refused_log_records', { job: 'mcp-collector', receiver: 'otlp' })]: '0x45',
    },
    fires: { '20m': [] },
    silent: ['McpCollectorRefusing'],
  },
];

export const LOSSES: readonly Case[] = [...AGENTS, ...COLLECTOR];
