import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Agent, createVoltAgentObservability, MCPConfiguration } from '@voltagent/core';
import { MockLanguageModelV3 } from 'ai/test';
import { run } from './lib/voltagent-agent.cjs';

// Unless told otherwise VoltAgent drops every span but its own.
const spanFilters = process.argv.includes('--every-span') ? { enabled: false } : undefined;
const observability = () =>
  createVoltAgentObservability({
    spanFilters,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });

await run({ Agent, MCPConfiguration, MockLanguageModelV3, observability });
