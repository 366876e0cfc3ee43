/**
 * Every public name, as a literal: other people's dashboards, scripts and alerts depend on them. A change here is a
 * change for them, and belongs in the changelog.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ENVIRONMENT } from '../../src/core/environment';
import { DENIALS, ERROR_TYPES } from '../../src/telemetry/error-types';
import { EXCEPTION_EVENT } from '../../src/telemetry/exceptions';
import { CAPS, OTHER_ATTRIBUTE, OTHER_LABEL, UNKNOWN } from '../../src/telemetry/labels';
import { MAX_SERIES } from '../../src/telemetry/ledger';
import { GUARD_SIGNALS } from '../../src/telemetry/guard-signals';
import { ATTR, DURATION_BOUNDARIES } from '../../src/telemetry/semconv';
import type { Signal } from '../../src/telemetry/signals';
import { SIGNALS } from '../../src/telemetry/signals';
import { prometheusLabel, prometheusNames } from '../../tools/gen/prometheus-names';

const OPERATION =
  'error.type gen_ai.operation.name gen_ai.prompt.name gen_ai.tool.name mcp.method.name mcp.protocol.version network.protocol.name network.transport rpc.response.status_code';
const SESSION = 'error.type mcp.protocol.version network.protocol.name';
const GUARD = 'action agent_name guard server_id tool_name user_id';

/** Name: type, unit, sorted attribute keys. */
const METRICS: Record<string, [string, string, string]> = {
  'mcp.client.operation.duration': ['histogram', 's', `${OPERATION} server.address server.port`],
  'mcp.server.operation.duration': ['histogram', 's', OPERATION],
  'mcp.client.session.duration': ['histogram', 's', `${SESSION} server.address server.port`],
  'mcp.server.session.duration': ['histogram', 's', SESSION],
  'mcp.tool.calls': ['counter', '{call}', 'agent_name server_id status tool_name user_id'],
  'mcp.tool.call.duration.seconds': ['histogram', 's', 'agent_name server_id status tool_name'],
  'mcp.tool.call.errors': ['counter', '{error}', 'agent_name error_type server_id tool_name user_id'],
  'mcp.active_connections': ['updowncounter', '{connection}', 'agent_name server_id'],
  'mcpguard.connection.errors': ['counter', '{error}', 'error_type server_id'],
  'mcpguard.labels.overflow': ['counter', '{value}', 'label'],
  'mcpguard.internal.errors': ['counter', '{error}', 'component'],
  'mcpguard.export.dropped': ['counter', '{item}', 'signal'],
};

/** Those that come with guards. */
const GUARD_METRICS: Record<string, string[]> = {
  'mcp.access.denied': ['counter', '{denial}', GUARD],
  'mcp.rate_limit.hits': ['counter', '{denial}', GUARD],
  'mcp.budget.exceeded': ['counter', '{denial}', GUARD],
  'mcpguard.decisions': ['counter', '{decision}', 'action guard mode server_id tool_name verdict'],
  'mcpguard.guard.duration.seconds': ['histogram', 's', ''],
  'mcpguard.policy.info': ['updowncounter', '{policy}', 'digest mode policy'],
  'mcpguard.policy.load_errors': ['counter', '{error}', ''],
  'mcpguard.breaker.state': ['gauge', '{state}', 'server_id'],
  'mcpguard.store.errors': ['counter', '{error}', ''],
  'mcpguard.audit.records': ['counter', '{record}', ''],
  'mcpguard.audit.dropped': ['counter', '{record}', 'reason'],
  'mcpguard.audit.head_seq': ['gauge', '{record}', ''],
  'mcpguard.state.evictions': ['counter', '{key}', 'state'],
  'mcpguard.findings': ['counter', '{finding}', 'rule severity'],
  'mcpguard.auth.attempts': ['counter', '{attempt}', 'outcome server_id'],
  'mcpguard.monitor.dropped': ['counter', '{event}', 'reason'],
};

/** The names that the monitoring guide's dashboards use, the same from a scrape and from a Collector. */
const GUIDE_IN_PROMETHEUS = {
  'mcp.tool.calls': 'mcp_tool_calls_total',
  'mcp.tool.call.duration.seconds': 'mcp_tool_call_duration_seconds',
  'mcp.tool.call.errors': 'mcp_tool_call_errors_total',
  'mcp.active_connections': 'mcp_active_connections',
};

const signals: readonly Signal[] = Object.values(SIGNALS);
const words = (list: readonly string[]): string => list.toSorted((a, b) => (a < b ? -1 : 1)).join(' ');

describe('metrics', () => {
  test('name, type, unit and labels', () => {
    const declared = signals.map(({ name, type, unit, attributes }) => [
      name,
      [type, unit, words(attributes)],
    ]);
    assert.deepEqual(Object.fromEntries(declared), METRICS);
  });

  test('the metrics of guards', () => {
    const declared = Object.values(GUARD_SIGNALS).map(({ name, type, unit, attributes }) => [
      name,
      [type, unit, words(attributes)],
    ]);
    assert.deepEqual(Object.fromEntries(declared), GUARD_METRICS);
  });

  test('bucket boundaries, in seconds', () => {
    assert.deepEqual(DURATION_BOUNDARIES, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]);
    for (const { type, boundaries } of signals) {
      assert.equal(boundaries, type === 'histogram' ? DURATION_BOUNDARIES : undefined);
    }
  });

  test('the guide’s names in Prometheus, one on every path', () => {
    for (const [name, expected] of Object.entries(GUIDE_IN_PROMETHEUS)) {
      const signal = signals.find((one) => one.name === name);
      assert.ok(signal, name);
      assert.deepEqual(prometheusNames(signal), { exporter: expected, collector: expected });
    }
  });

  test('no two keys of an instrument become one label, which would fail the whole scrape', () => {
    for (const { name, attributes } of [...signals, ...Object.values(GUARD_SIGNALS)]) {
      const labels = attributes.map(prometheusLabel);
      assert.equal(new Set(labels).size, labels.length, name);
    }
  });

  test('bounds of label values and label sets', () => {
    assert.deepEqual(CAPS, { tool_name: 500, user_id: 200, server_id: 50, agent_name: 50, error_type: 50 });
    assert.equal(MAX_SERIES, 1500);
    assert.deepEqual([OTHER_LABEL, OTHER_ATTRIBUTE, UNKNOWN], ['__other__', '_OTHER', 'unknown']);
  });
});

describe('spans', () => {
  test('attribute names', () => {
    assert.equal(
      words(Object.values(ATTR)),
      'error.type exception.message exception.stacktrace exception.type gen_ai.agent.name gen_ai.operation.name ' +
        'gen_ai.prompt.name gen_ai.prompt.variable. gen_ai.tool.call.arguments gen_ai.tool.call.result gen_ai.tool.name ' +
        'jsonrpc.request.id mcp.method.name mcp.protocol.version mcp.resource.uri mcp.server.name mcp.session.id ' +
        'network.protocol.name network.transport rpc.response.status_code server.address server.port user.id',
    );
  });

  test('error.type, the closed list of words', () => {
    assert.equal(
      words(Object.keys(ERROR_TYPES)),
      '_OTHER access_denied budget_exceeded cancelled circuit_open connection_closed guard_unavailable ' +
        'input_rejected invalid_result not_connected process_exit rate_limited timeout tool_error transport_error',
    );
    assert.equal(
      words(Object.keys(DENIALS)),
      'access_denied budget_exceeded circuit_open guard_unavailable input_rejected rate_limited',
    );
  });

  test('names of exceptions as log records', () => {
    assert.deepEqual(EXCEPTION_EVENT, {
      outgoing: 'mcp.client.operation.exception',
      incoming: 'mcp.server.operation.exception',
    });
  });
});

test('environment variables: names, values, defaults', () => {
  const declared = Object.values(ENVIRONMENT).map((variable) => {
    const values =
      'values' in variable ? variable.values.join('|') : 'range' in variable ? variable.range.join('..') : '';
    return `${variable.name}=${values} (${variable.default})`;
  });
  assert.deepEqual(declared, [
    'OTEL_MCP_SDK=auto|global|off (auto)',
    'OTEL_MCP_BUNDLES=on|off (on)',
    'OTEL_MCP_EXECUTE_TOOL=child|enrich (child)',
    'OTEL_MCP_USER_LABEL=plain|hashed|off (plain)',
    'OTEL_NODE_DISABLED_INSTRUMENTATIONS= (none)',
    'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT= (off)',
    'OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=logs|logs/dup (span event)',
    'OTEL_MCP_EVENTS=span|logs|logs/dup (span)',
    'OTEL_MCP_HTTP= (off)',
    'OTEL_MCP_HOST_METRICS=on|off (off)',
    'MCP_GUARD_POLICY= (none)',
    'MCP_GUARD_MODE=off|observe|enforce (enforce)',
    'MCP_GUARD_REQUIRED=true|false|1|0 (false)',
    'MCP_USER_ID= (none)',
    'MCP_TENANT_ID= (none)',
    'MCP_AGENT_NAME= (the MCP client’s own name)',
    'MCP_ROLES= (none)',
    'MCP_IDENTITY_FROM= (context,env)',
    'MCP_AUDIT_KEY_FILE= (none)',
    'MCP_DEFAULT_TIMEOUT=0.001..86400 (none)',
    'MCP_ENABLE_FILESYSTEM=true|false|1|0 (false)',
    'MCP_FILESYSTEM_SAFE_ROOT= (none)',
    'MCP_FILESYSTEM_READ_ONLY=true|false|1|0 (false)',
    'CONTEXT_REQUIRE_USER_ID=true|false|1|0 (false)',
    'CONTEXT_MAX_PER_USER=1..1000000 (none)',
    'CONTEXT_CLEANUP_INTERVAL_HOURS=0.001..24 (none)',
    'CONTEXT_MAX_AGE_HOURS=0.02..8784 (none)',
  ]);
  for (const [key, { name }] of Object.entries(ENVIRONMENT)) assert.equal(key, name);
});
