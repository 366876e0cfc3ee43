/** Findings as they are told. */
import { findingFields } from '../../monitor/alert';
import type { MonitoringEvent } from '../../monitor/event';
import type { FindingRow, FindingWithTimeline, TimelineEvent } from './model';
import type { RaisedFinding } from './raised';
import type { Timeline } from './timelines';

export function rowOf({ finding, place, time, writer }: RaisedFinding): FindingRow {
  const { category, count, description, group, recommended_action, rule, score, severity, since } =
    findingFields(finding);
  const { agent_name, call_id, server_id, span_id, tool_name, trace_id, user_id } = finding.event.line;
  return {
    time: new Date(time).toISOString(),
    rule,
    severity,
    score,
    category,
    description,
    recommended_action,
    group,
    count,
    since,
    tool_name,
    server_id,
    user_id,
    agent_name,
    call_id,
    trace_id,
    span_id,
    writer: writer ?? finding.event.line.writer,
    ...place,
  };
}

export function withTimeline(raised: RaisedFinding, { events, total }: Timeline): FindingWithTimeline {
  return { ...rowOf(raised), timeline: { total, events: events.map(eventRow) } };
}

function eventRow({ category, line, result, tags, timestamp, type }: MonitoringEvent): TimelineEvent {
  return {
    time: new Date(timestamp).toISOString(),
    event: line.event,
    category,
    type,
    result,
    tags: tags.length === 0 ? undefined : tags,
    method: line.method,
    tool_name: line.tool_name,
    target: line.target,
    server_id: line.server_id,
    user_id: line.user_id,
    success: line.success,
    error_type: line.error_type,
    action: line.action,
    guard: line.guard,
    rule: line.rule,
    reason: line.reason,
    latency_ms: line.latency_ms,
    res_bytes: line.res_bytes,
    call_id: line.call_id,
  };
}
