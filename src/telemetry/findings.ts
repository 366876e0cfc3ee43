/** What the monitor has found, as a span of no length below the call's and as a log record. */
import type { Attributes, Context } from '@opentelemetry/api';

import type { TraceIds } from '../core/call';
import type { Severity } from '../core/severity';
import { api } from './api';
import { shownUserId } from './attributes';
import type { TelemetrySettings } from './config';
import type { Sinks } from './providers';
import { ATTR } from './semconv';

/** Name of the span and of the log record. */
const FINDING = 'mcpguard.finding';

const FINDING_ATTR = {
  RULE: 'mcpguard.finding.rule',
  SEVERITY: 'mcpguard.finding.severity',
  SCORE: 'mcpguard.finding.score',
} as const;

/** The same for the reference page. */
export const FINDING_ATTRIBUTES: Readonly<Record<(typeof FINDING_ATTR)[keyof typeof FINDING_ATTR], string>> =
  {
    'mcpguard.finding.rule': 'id of the rule, or name of the detector',
    'mcpguard.finding.severity': '`low`, `medium`, `high` or `critical`',
    'mcpguard.finding.score': 'from 0 to 1, how far from usual; 1 for a rule',
  };

/** A finding in telemetry's terms. */
export interface FindingSignal {
  readonly rule: string;
  readonly severity: Severity;
  readonly score: number;
  /** A sentence; it may name the user. */
  readonly description: string;
  readonly userId: string | undefined;
  readonly agentName: string | undefined;
  readonly toolName: string | undefined;
}

/** Severity numbers of log records: INFO, WARN, ERROR, FATAL. */
const SEVERITY_NUMBER: Readonly<Record<Severity, number>> = { low: 9, medium: 13, high: 17, critical: 21 };

/** @param trace - of the call that completed it; without one the span is a root */
export function recordFinding(
  finding: FindingSignal,
  trace: TraceIds | undefined,
  sinks: Sinks,
  userLabel: TelemetrySettings['userLabel'],
): void {
  const context = contextOf(trace);
  const attributes = attributesOf(finding, userLabel);
  const { SpanKind, TraceFlags } = api();
  if (trace === undefined || (trace.traceFlags & TraceFlags.SAMPLED) !== 0) {
    const startTime = Date.now();
    const options = { kind: SpanKind.INTERNAL, attributes, startTime };
    sinks.tracer?.startSpan(FINDING, options, context).end(startTime);
  }
  sinks.logger()?.emit({
    eventName: FINDING,
    severityNumber: SEVERITY_NUMBER[finding.severity],
    // Where users are not to be seen, neither is a sentence that may name one.
    ...(userLabel === 'plain' ? { body: finding.description } : {}),
    context,
    attributes,
  });
}

function contextOf(trace: TraceIds | undefined): Context {
  const { ROOT_CONTEXT, trace: traces } = api();
  return trace === undefined ? ROOT_CONTEXT : traces.setSpanContext(ROOT_CONTEXT, trace);
}

function attributesOf(finding: FindingSignal, userLabel: TelemetrySettings['userLabel']): Attributes {
  const { rule, severity, score, userId, agentName, toolName } = finding;
  const attributes: Attributes = {
    [FINDING_ATTR.RULE]: rule,
    [FINDING_ATTR.SEVERITY]: severity,
    [FINDING_ATTR.SCORE]: score,
  };
  const user = userId === undefined ? undefined : shownUserId(userId, userLabel);
  if (user !== undefined) attributes[ATTR.USER_ID] = user;
  if (agentName !== undefined) attributes[ATTR.AGENT_NAME] = agentName;
  if (toolName !== undefined) attributes[ATTR.TOOL_NAME] = toolName;
  return attributes;
}
