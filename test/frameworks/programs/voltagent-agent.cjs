'use strict';
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { Agent, createVoltAgentObservability, MCPConfiguration } = require('@voltagent/core');
const { MockLanguageModelV3 } = require('ai/test');
const { run } = require('./lib/voltagent-agent.cjs');

// Unless told otherwise VoltAgent drops every span but its own.
const spanFilters = process.argv.includes('--every-span') ? { enabled: false } : undefined;
const observability = () =>
  createVoltAgentObservability({
    spanFilters,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });

run({ Agent, MCPConfiguration, MockLanguageModelV3, observability });
