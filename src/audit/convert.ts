/** Audit records in the forms that other systems take. Nothing is left out that they have a place for. */
import type { Severity } from '../core/severity';
import { VERSION } from '../version';
import { EPHEMERAL } from './keys';
import type { AuditRecord } from './schema';

export const AUDIT_FORMATS = ['ocsf', 'cef', 'cloudevents'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

/**
 * One line, without line end, in another format.
 *
 * @param text - the record as it was written: kept where a format has a place for it, so that the chain stays checkable
 */
export function convertRecord(record: AuditRecord, text: string, format: AuditFormat): string {
  switch (format) {
    case 'ocsf':
      return JSON.stringify(ocsf(record, text));
    case 'cef':
      return cef(record);
    case 'cloudevents':
      return JSON.stringify(cloudEvent(record));
  }
}

const VENDOR = 'opentelemetry-instrumentation-mcp';

/** Of OCSF 1 to 6, and of CEF 0 to 10, by the severity of a finding of the monitor. */
const SEVERITY_IDS: Readonly<Record<Severity, readonly [ocsf: number, cef: number]>> = {
  low: [2, 3],
  medium: [3, 5],
  high: [4, 8],
  critical: [5, 10],
};

const isDenial = (record: AuditRecord): boolean =>
  record.action === 'blocked' || record.action === 'observed';

// --- OCSF -----------------------------------------------------------------------------------------------------------

const API_ACTIVITY = 6003;
/** MCP does not say whether a tool creates, reads, updates or deletes. */
const ACTIVITY_OTHER = 99;
const READS = new Set(['resources/read', 'prompts/get', 'roots/list']);
const ACTIVITY_READ = 2;

/** `action_id` of the security control profile; Observed and Modified came with OCSF 1.5. */
const ACTION_IDS: Readonly<Record<string, number>> = {
  allowed: 1,
  failed_open: 1,
  blocked: 2,
  observed: 3,
  modified: 4,
};
const DISPOSITION_IDS: Readonly<Record<string, number>> = {
  allowed: 1,
  failed_open: 1,
  blocked: 2,
  // Detected: seen, and let through.
  observed: 15,
  // Corrected.
  modified: 11,
};

/** Anybody may have written the line. */
function findingSeverity({ finding }: AuditRecord): readonly [ocsf: number, cef: number] | undefined {
  const severity: unknown = finding?.severity;
  return typeof severity === 'string' && Object.hasOwn(SEVERITY_IDS, severity)
    ? SEVERITY_IDS[severity as Severity]
    : undefined;
}

/** OCSF API Activity (6003) with the profiles security_control, ai_operation, trace and record_integrity. */
function ocsf(record: AuditRecord, text: string): object {
  const activity = READS.has(record.method ?? '') ? ACTIVITY_READ : ACTIVITY_OTHER;
  const time = Date.parse(record.timestamp);
  return {
    activity_id: activity,
    activity_name: record.event,
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: API_ACTIVITY,
    class_name: 'API Activity',
    type_uid: API_ACTIVITY * 100 + activity,
    time,
    severity_id: findingSeverity(record)?.[0] ?? (record.action === 'blocked' ? 3 : isDenial(record) ? 2 : 1),
    message: record.finding?.description,
    status_id: record.success === undefined ? 0 : record.success ? 1 : 2,
    status_code: record.error_type,
    status_detail: record.reason,
    duration: record.latency_ms,
    is_alert: isDenial(record) || record.event === 'mcp_security_alert',
    action_id: ACTION_IDS[record.action ?? ''] ?? 0,
    disposition_id: DISPOSITION_IDS[record.action ?? ''] ?? 0,
    policy: present({ uid: record.policy_digest, name: record.rule }),
    actor: present({
      app_name: record.agent_name ?? undefined,
      session: present({ uid: record.session }),
      user: present({
        uid: record.user_id ?? undefined,
        org: present({ uid: record.tenant_id }),
        groups: record.roles?.map((name) => ({ name })),
      }),
    }) ?? { app_name: VENDOR },
    api: {
      operation: record.method ?? record.event,
      service: { name: record.server_id ?? 'unknown' },
      request: { uid: record.call_id ?? `${record.writer ?? ''}:${record.seq ?? 0}` },
      response: present({ error: record.error_type }),
    },
    resources: record.target === undefined ? undefined : [{ name: record.target, type: record.method }],
    src_endpoint: present({ name: record.writer }) ?? { name: 'unknown' },
    dst_endpoint: present({ name: record.server_id ?? undefined }),
    ai_agent: present({ name: record.agent_name ?? undefined }),
    message_context: {
      ai_role_id: 3,
      application: { name: VENDOR },
      service: present({ name: record.server_id ?? undefined }),
    },
    trace:
      record.trace_id === undefined
        ? undefined
        : { uid: record.trace_id, span: present({ uid: record.span_id }) },
    attestation: attestation(record),
    metadata: {
      version: '1.9.0-dev',
      product: { name: VENDOR, vendor_name: VENDOR, version: VERSION },
      profiles: ['security_control', 'ai_operation', 'trace', 'record_integrity'],
      uid: record.hash,
      sequence: record.seq,
      original_time: record.timestamp,
    },
    raw_data: text,
    unmapped: present({
      guard: record.guard,
      mode: record.mode,
      verdict: record.verdict,
      params_hash: record.params_hash ?? undefined,
      tool_digest: record.tool_digest,
      cost: record.cost,
      decisions: record.decisions,
      dropped: record.dropped,
      finding: record.finding,
    }),
  };
}

/** The link of the chain. It is over the record in `raw_data`, not over the OCSF event. */
function attestation({ hash, prev, writer, seq, kid }: AuditRecord): object | undefined {
  if (hash === undefined) return undefined;
  const algorithm =
    kid === EPHEMERAL
      ? { algorithm_id: 3, algorithm: 'SHA-256' }
      : { algorithm_id: 99, algorithm: 'HMAC-SHA-256' };
  return {
    uid: seq === undefined ? undefined : `${writer ?? ''}:${seq}`,
    authority_uid: kid,
    chain_uid: writer,
    fingerprint: { ...algorithm, value: hash },
    prev_event: seq === 0 || prev === undefined ? undefined : { fingerprint: { ...algorithm, value: prev } },
  };
}

/** `undefined` for an object that would hold nothing. */
function present<T extends object>(object: T): T | undefined {
  return Object.values(object).some((value) => value !== undefined) ? object : undefined;
}

// --- CEF ------------------------------------------------------------------------------------------------------------

function cef(record: AuditRecord): string {
  const header = [
    'CEF:0',
    VENDOR,
    'MCP audit',
    VERSION,
    record.event,
    nameOf(record),
    String(
      findingSeverity(record)?.[1] ??
        (record.action === 'blocked' ? 7 : isDenial(record) ? 5 : record.success === false ? 4 : 1),
    ),
  ];
  return `${header.map(cefHeader).join('|')}|${extension(record)}`;
}

function nameOf({ event, finding, guard }: AuditRecord): string {
  if (finding?.rule !== undefined) return `${event}: ${finding.rule}`;
  return guard === undefined ? event : `${event} by ${guard}`;
}

function extension(record: AuditRecord): string {
  const custom: [string, string | undefined][] = [
    ['server_id', record.server_id ?? undefined],
    ['agent_name', record.agent_name ?? undefined],
    ['params_hash', record.params_hash ?? undefined],
    ['trace_id', record.trace_id],
    ['hash', record.hash],
    ['tenant_id', record.tenant_id],
  ];
  const fields: [string, string | number | undefined][] = [
    ['rt', Date.parse(record.timestamp)],
    ['act', record.action],
    [
      'outcome',
      record.outcome ?? (record.success === undefined ? undefined : record.success ? 'success' : 'failure'),
    ],
    ['reason', record.reason ?? record.error_type],
    ['msg', record.finding?.description],
    ['suser', record.user_id ?? undefined],
    ['requestMethod', record.method],
    ['request', record.target],
    ['externalId', record.call_id],
    ['deviceExternalId', record.writer],
    ['in', record.res_bytes],
    ['out', record.req_bytes],
    ['cn1', record.latency_ms],
    ['cn1Label', record.latency_ms === undefined ? undefined : 'latency_ms'],
    ['cn2', record.seq],
    ['cn2Label', record.seq === undefined ? undefined : 'seq'],
  ];
  for (const [index, [label, value]] of custom.entries()) {
    if (value !== undefined) fields.push([`cs${index + 1}`, value], [`cs${index + 1}Label`, label]);
  }
  return fields
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${cefValue(String(value))}`)
    .join(' ');
}

const cefHeader = (text: string): string => oneLine(text).replaceAll(/[\\|]/g, String.raw`\$&`);
const cefValue = (text: string): string =>
  text
    .replaceAll(/[\\=]/g, String.raw`\$&`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`);
const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ');

// --- CloudEvents ----------------------------------------------------------------------------------------------------

/** CloudEvents 1.0, JSON format; the record is the event's data, unchanged. */
function cloudEvent(record: AuditRecord): object {
  return {
    specversion: '1.0',
    id:
      record.seq === undefined
        ? `${record.timestamp}-${record.params_hash ?? record.event}`
        : `${record.writer}:${record.seq}`,
    source: `urn:${VENDOR}:${encodeURIComponent(record.writer ?? 'unknown')}`,
    type: `mcpguard.audit.${record.event}`,
    time: record.timestamp,
    datacontenttype: 'application/json',
    subject: record.tool_name ?? undefined,
    traceparent:
      record.trace_id === undefined || record.span_id === undefined
        ? undefined
        : `00-${record.trace_id}-${record.span_id}-00`,
    data: record,
  };
}
