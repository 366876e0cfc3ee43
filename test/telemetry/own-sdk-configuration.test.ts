import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  otlpEndpoint,
  otlpProtocol,
  readExportPlan,
  wantsLogs,
} from '../../src/telemetry/own-sdk/configuration';
import { temporalitySelector } from '../../src/telemetry/own-sdk/temporality';

describe('exporters from the environment', () => {
  const cases: [string, Record<string, string>, { traces: string[]; metrics: string[] }][] = [
    ['unset: OTLP', {}, { traces: ['otlp'], metrics: ['otlp'] }],
    ['empty counts as unset', { OTEL_TRACES_EXPORTER: ' ' }, { traces: ['otlp'], metrics: ['otlp'] }],
    [
      'a list, once each, in order',
      { OTEL_TRACES_EXPORTER: 'console, otlp,console', OTEL_METRICS_EXPORTER: 'prometheus,console' },
      { traces: ['console', 'otlp'], metrics: ['console'] },
    ],
    ['none', { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }, { traces: [], metrics: [] }],
    [
      'none among others: as sdk-node has it',
      { OTEL_TRACES_EXPORTER: 'console,none', OTEL_METRICS_EXPORTER: 'console,none' },
      { traces: ['otlp'], metrics: [] },
    ],
    [
      'an unknown one is ignored',
      { OTEL_TRACES_EXPORTER: 'otlp,smoke' },
      { traces: ['otlp'], metrics: ['otlp'] },
    ],
  ];
  for (const [name, environment, expected] of cases) {
    test(name, () => {
      const { traces, metrics } = readExportPlan(environment, false);
      assert.deepEqual({ traces, metrics }, expected);
    });
  }

  test('log records only where exceptions are asked for as log records', () => {
    assert.equal(wantsLogs({}), false);
    assert.equal(wantsLogs({ OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: 'logs/dup' }), true);
    assert.deepEqual(readExportPlan({}, false).logs, []);
    assert.deepEqual(readExportPlan({}, true).logs, ['otlp']);
  });

  test('Prometheus is on loopback unless told otherwise', () => {
    const plan = (environment: Record<string, string>) =>
      readExportPlan({ OTEL_METRICS_EXPORTER: 'prometheus', ...environment }, false).prometheus;
    assert.deepEqual(plan({}), { host: '127.0.0.1', port: 9464 });
    assert.deepEqual(plan({ OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0', OTEL_EXPORTER_PROMETHEUS_PORT: '1' }), {
      host: '0.0.0.0',
      port: 1,
    });
    assert.deepEqual(plan({ OTEL_EXPORTER_PROMETHEUS_PORT: '70000' }), { host: '127.0.0.1', port: 9464 });
    assert.equal(readExportPlan({}, false).prometheus, undefined);
  });

  test('limits and intervals', () => {
    const plan = readExportPlan(
      {
        OTEL_BSP_MAX_QUEUE_SIZE: '100',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '500',
        OTEL_BSP_SCHEDULE_DELAY: '-1',
        OTEL_METRIC_EXPORT_INTERVAL: '2000',
      },
      false,
    );
    assert.deepEqual(plan.spanLimits, { maxQueueSize: 100, maxExportBatchSize: 100, scheduleDelay: 5000 });
    assert.equal(plan.metricInterval, 2000);
    assert.equal(plan.metricTimeout, 2000, 'a reader refuses a timeout above its interval');
  });
});

describe('OTLP', () => {
  test('protocol: the signal’s variable wins, an unknown one is http/protobuf', () => {
    assert.equal(otlpProtocol({}, 'traces'), 'http/protobuf');
    assert.equal(otlpProtocol({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'metrics'), 'grpc');
    const both = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json' };
    assert.equal(otlpProtocol(both, 'logs'), 'http/json');
    assert.equal(otlpProtocol({ OTEL_EXPORTER_OTLP_PROTOCOL: 'morse' }, 'traces'), 'http/protobuf');
  });

  test('endpoint, as it is printed, holds no secret', () => {
    assert.equal(otlpEndpoint({}, 'traces'), 'http://localhost:4318');
    assert.equal(otlpEndpoint({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'traces'), 'http://localhost:4317');
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:secret@collector.example:443/base/?key=secret',
    };
    assert.equal(otlpEndpoint(environment, 'metrics'), 'https://collector.example:443/base');
    for (const endpoint of [
      'secret@host:1',
      'user:secret@host:4317',
      'http://h/x?secret#secret',
      'a b?secret',
    ]) {
      assert.doesNotMatch(otlpEndpoint({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, 'traces'), /secret/);
    }
    assert.equal(otlpEndpoint({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, 'traces'), 'collector:4317');
  });
});

test('temporality preferences, from the OTLP exporter specification', () => {
  const types = [
    'COUNTER',
    'HISTOGRAM',
    'OBSERVABLE_COUNTER',
    'UP_DOWN_COUNTER',
    'OBSERVABLE_UP_DOWN_COUNTER',
  ];
  const deltas = (preference: string | undefined) =>
    types.filter((type) => temporalitySelector(preference)(type) === 0);
  assert.deepEqual(deltas(undefined), []);
  assert.deepEqual(deltas('Delta'), ['COUNTER', 'HISTOGRAM', 'OBSERVABLE_COUNTER']);
  assert.deepEqual(deltas('lowmemory'), ['COUNTER', 'HISTOGRAM']);
  assert.deepEqual(deltas('sideways'), []);
});
