/** `docs/telemetry.md`. */
import { NOT_THE_SERVERS_ERROR } from '../../src/pipeline/outcome';
import { DENIALS, ERROR_TYPES, NUMERIC_ERROR_TYPES } from '../../src/telemetry/error-types';
import { EXCEPTION_EVENT } from '../../src/telemetry/exceptions';
import { CAPS, OTHER_ATTRIBUTE, OTHER_LABEL, UNKNOWN } from '../../src/telemetry/labels';
import { MAX_SERIES } from '../../src/telemetry/ledger';
import { ATTR, DURATION_BOUNDARIES } from '../../src/telemetry/semconv';
import { GUARD_SIGNALS } from '../../src/telemetry/guard-signals';
import type { Signal } from '../../src/telemetry/signals';
import { SIGNALS } from '../../src/telemetry/signals';
import { SPAN_ATTRIBUTES } from '../../src/telemetry/span-attributes';
import { NAME } from '../../src/version';
import { code, codes, GENERATED, page, table } from './markdown';
import { prometheusLabel, prometheusNames } from './prometheus-names';
import { curlCommand, tagsText, TRACE_QUERIES, type TraceQuery } from './trace-queries';
import { DECISION_ATTRIBUTES } from '../../src/telemetry/decisions';
import { FINDING_ATTRIBUTES } from '../../src/telemetry/findings';
import { HOST_SIGNALS } from './promql/host-signals';
import { DECISIONS, DEVIATIONS, FINDINGS, HOST, MESSAGES_AND_SPANS, PROPAGATION } from './telemetry-text';

const ALL: readonly Signal[] = [...Object.values(SIGNALS), ...Object.values(GUARD_SIGNALS)];

export function telemetryPage(): string {
  return page([
    GENERATED('the tables in src/telemetry'),
    '# Telemetry',
    `What ${code(NAME)} emits. The instrumentation scope is this name and the package’s version. ` +
      'Names follow the semantic conventions for MCP (Development) and the MCP monitoring guide; where this page departs from either it says so.',
    ...spans(),
    ...errors(),
    ...metrics(),
    ...decisions(),
    ...findings(),
    ...lookups(),
    '## Trace context on the wire',
    PROPAGATION,
    '## Where this departs from a convention or a guide',
    DEVIATIONS,
  ]);
}

function spans(): string[] {
  const rows = (Object.keys(ATTR) as (keyof typeof ATTR)[])
    .filter((key) => SPAN_ATTRIBUTES[key].on !== 'exception')
    .map((key) => {
      const { type, on, when, source } = SPAN_ATTRIBUTES[key];
      const name = ATTR[key].endsWith('.') ? `${ATTR[key]}<name>` : ATTR[key];
      return [code(name), type, on, source === 'ours' ? `${when} *(not in the convention)*` : when];
    });
  return [
    '## Spans',
    MESSAGES_AND_SPANS,
    table(['attribute', 'type', 'span', 'present when'], rows),
    '### What was thrown',
    'What the agent or a handler sees thrown is one span event `exception`, or a log record, as `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` says. ' +
      `The log record is ${code(EXCEPTION_EVENT.outgoing)} (WARN) or ${code(EXCEPTION_EVENT.incoming)} (ERROR). ` +
      'A tool that answers with `isError` has thrown nothing.',
    table(
      ['attribute', 'present when'],
      (Object.keys(ATTR) as (keyof typeof ATTR)[])
        .filter((key) => SPAN_ATTRIBUTES[key].on === 'exception')
        .map((key) => [code(ATTR[key]), SPAN_ATTRIBUTES[key].when]),
    ),
  ];
}

function errors(): string[] {
  const served = [...NOT_THE_SERVERS_ERROR].map(String);
  return [
    '## Status and `error.type`',
    [
      '- A call that succeeded leaves the span’s status unset.',
      '- A call that failed has status ERROR and `error.type`. The description is the JSON-RPC error’s message, where one was received or sent, and never content of a tool.',
      '- CLIENT spans: every JSON-RPC error is an error.',
      `- SERVER spans: the codes ${codes(served)} say that the caller was wrong. They set \`rpc.response.status_code\`, and neither status nor \`error.type\`.`,
    ].join('\n'),
    '`error.type` is the same on the span, on the convention’s histograms and, as label `error_type`, on the guide’s metrics. The list is closed:',
    table(
      ['value', 'meaning'],
      [
        ...Object.entries(ERROR_TYPES)
          .filter(([value]) => !(value in DENIALS))
          .map(([value, meaning]) => [code(value), meaning]),
        ...Object.entries(NUMERIC_ERROR_TYPES),
        ...Object.keys(DENIALS).map((value) => [
          code(value),
          `${ERROR_TYPES[value as keyof typeof DENIALS]} *(comes with guards)*`,
        ]),
      ],
    ),
  ];
}

function decisions(): string[] {
  return [
    '## Decisions of guards',
    DECISIONS,
    table(
      ['attribute of the event', 'meaning'],
      Object.entries(DECISION_ATTRIBUTES).map(([name, meaning]) => [code(name), meaning]),
    ),
  ];
}

function findings(): string[] {
  return [
    '## Findings of the monitor',
    FINDINGS,
    table(
      ['attribute of the span and the log record', 'meaning'],
      Object.entries(FINDING_ATTRIBUTES).map(([name, meaning]) => [code(name), meaning]),
    ),
  ];
}

function lookups(): string[] {
  const rows = Object.values(TRACE_QUERIES).map((query: TraceQuery) => {
    const { question, operation, minDuration } = query;
    const further = [
      ...(operation === undefined ? [] : [`Operation ${code(operation)}`]),
      ...(minDuration === undefined ? [] : [`Min Duration ${code(minDuration)}`]),
    ];
    return [question, code(tagsText(query)), further.join(', ')];
  });
  return [
    '## Looking calls up in Jaeger',
    'Jaeger’s page takes these as “Tags” of a search; `<…>` stands for a value. Each tag has to be on one span, as its own attribute or as one of its events. ' +
      'The attributes of decisions (`mcpguard.guard`, `mcpguard.reason`, `security_rule.name` and so on) are on events, which Jaeger’s memory store searches; for stores that do not, ' +
      '`mcpguard.outcome`, `error.type` and `user.id` are on the span.',
    table(['question', 'Tags', 'and'], rows),
    'The same from a shell:',
    `\`\`\`sh\n${curlCommand(TRACE_QUERIES.blocked, 'my-agent')}\n\`\`\``,
  ];
}

function metrics(): string[] {
  return [
    '## Metrics',
    'Attribute keys are fixed per instrument; an attribute whose value is absent is left out of the convention’s histograms, and is ' +
      `${code(UNKNOWN)} on the others.`,
    table(['metric', 'type, unit', 'recorded', 'attributes'], ALL.map(metricRow)),
    `Bucket boundaries of every histogram, in seconds: ${DURATION_BOUNDARIES.join(', ')}.`,
    '### Bounds',
    'The number of label values is bounded per process, so that neither a user nor a server can grow a time series database:',
    table(
      ['label', 'distinct values'],
      Object.entries(CAPS).map(([label, cap]) => [code(label), String(cap)]),
    ),
    `A further value becomes ${code(OTHER_LABEL)} (${code(OTHER_ATTRIBUTE)} on the convention’s attributes). Past ${MAX_SERIES.toLocaleString('en')} label sets of one instrument a new set is folded in the same way, ` +
      `and keeps what has few values, such as the status. How often either happened is ${code(SIGNALS.labelsOverflow.name)}.`,
    '### Names in Prometheus',
    'The JavaScript exporter (`OTEL_METRICS_EXPORTER=prometheus`) never appends a unit; the Collector and Prometheus’ own OTLP receiver do. ' +
      'The guide’s metrics have one name on every path. Labels are the attribute keys with `_` for every other character, ' +
      `such as ${code(prometheusLabel(ATTR.METHOD_NAME))}. Histograms have \`_bucket\`, \`_sum\` and \`_count\`. ` +
      'Scope labels (`otel_scope_*`) differ between the paths: aggregate with `sum by (…)`. So does the bound of a bucket, ' +
      'which is `le="1"` or `le="1.0"`: do not match on it.',
    table(['metric', 'JavaScript exporter', 'Collector, OTLP receiver'], ALL.map(prometheusRow)),
    '### Host, process and Node',
    HOST,
    table(
      ['metric', 'attributes', 'JavaScript exporter', 'Collector, OTLP receiver'],
      HOST_SIGNALS.map((signal) => {
        const [name = '', ...prometheus] = prometheusRow(signal);
        return [name, signal.attributes.length === 0 ? '–' : codes(signal.attributes), ...prometheus];
      }),
    ),
  ];
}

function metricRow({ name, type, unit, when, attributes, description }: Signal): string[] {
  return [code(name), `${type}, ${code(unit)}`, `${description} ${capital(when)}.`, codes(attributes)];
}

function prometheusRow(signal: Pick<Signal, 'name' | 'type' | 'unit'>): string[] {
  const { exporter, collector } = prometheusNames(signal);
  return [code(signal.name), code(exporter), collector === exporter ? 'the same' : code(collector)];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
