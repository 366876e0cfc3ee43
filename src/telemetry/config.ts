/** Options of the instrumentation that concern telemetry; the environment refines them. */
import type { Span } from '@opentelemetry/api';

import type { CallRecord, McpCall } from '../core/call';
import { readEnvironment } from '../core/environment';
import type { PolicyTelemetry } from './decisions';

/** Configuration of `McpInstrumentation`. */
export interface McpInstrumentationConfig {
  /** Whether telemetry is produced. Default `true`. Guards and audit do not depend on it. */
  enabled?: boolean;
  /**
   * Put tool arguments, tool results and prompt variables on spans, as JSON strings. Default `false`;
   * `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` decides when it is set.
   */
  captureContent?: boolean;
  /**
   * Inside an outer `execute_tool` span of the same tool, put the MCP attributes on that span instead of making one.
   * Default `false`; `OTEL_MCP_EXECUTE_TOOL=enrich` switches it on.
   */
  enrichExecuteTool?: boolean;
  /** Methods without telemetry, such as `ping` or `notifications/progress`. Default: none. */
  ignoreMethods?: readonly string[];
  /** Called when a call's span has started, before the call is sent. What it throws is swallowed and counted. */
  requestHook?: (span: Span, call: McpCall) => void;
  /** Called before a call's span ends. What it throws is swallowed and counted. */
  responseHook?: (span: Span, record: CallRecord) => void;
}

/** The configuration as it applies, environment included. */
export interface TelemetrySettings {
  readonly captureContent: boolean;
  readonly enrichExecuteTool: boolean;
  readonly ignoreMethods: ReadonlySet<string>;
  readonly exceptions: 'span' | 'logs' | 'both';
  readonly decisionEvents: 'span' | 'logs' | 'both';
  readonly userLabel: 'plain' | 'hashed' | 'off';
  /** The policy that is loaded, if one is. */
  readonly policy: PolicyTelemetry | undefined;
  readonly requestHook: McpInstrumentationConfig['requestHook'];
  readonly responseHook: McpInstrumentationConfig['responseHook'];
}

/** Values of the de-facto capture variable that put content on spans; all others keep it off. */
const CAPTURING = new Set(['true', '1', 'SPAN_ONLY', 'SPAN_AND_EVENT']);

export function settingsOf(config: McpInstrumentationConfig, policy?: PolicyTelemetry): TelemetrySettings {
  const capture = readEnvironment('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT');
  const exceptions = readEnvironment('OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN');
  return {
    captureContent: capture === undefined ? config.captureContent === true : CAPTURING.has(capture),
    enrichExecuteTool:
      config.enrichExecuteTool === true || readEnvironment('OTEL_MCP_EXECUTE_TOOL') === 'enrich',
    ignoreMethods: new Set(config.ignoreMethods),
    exceptions: signalOf(exceptions),
    decisionEvents: signalOf(readEnvironment('OTEL_MCP_EVENTS')),
    userLabel: (readEnvironment('OTEL_MCP_USER_LABEL') ??
      policy?.userLabel ??
      'plain') as TelemetrySettings['userLabel'],
    policy,
    requestHook: config.requestHook,
    responseHook: config.responseHook,
  };
}

function signalOf(value: string | undefined): 'span' | 'logs' | 'both' {
  if (value === 'logs') return 'logs';
  return value === 'logs/dup' ? 'both' : 'span';
}

/** Whether `OTEL_NODE_DISABLED_INSTRUMENTATIONS` names us. */
export function isDisabledByEnvironment(): boolean {
  const disabled = readEnvironment('OTEL_NODE_DISABLED_INSTRUMENTATIONS')?.split(',') ?? [];
  return disabled.some((name) => name.trim() === 'mcp');
}
