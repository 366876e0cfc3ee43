/**
 * The audit record: every field once. `audit.schema.json` is generated from it. Loaded by nothing that writes records:
 * they take only the types.
 */
import { z } from 'zod';

import { SEVERITIES } from '../core/severity';
import { EVENTS } from './events';

const SHA256 = /^[0-9a-f]{64}$/;
const HASHED = /^hmac-sha256:[0-9a-f]{64}$/;

const verdict = z.enum(['allow', 'deny', 'modify', 'error']);
const action = z.enum(['allowed', 'blocked', 'observed', 'modified', 'failed_open']);
const mode = z.enum(['observe', 'enforce']);
const count = z.number().int().nonnegative();
const hash = z.string().regex(SHA256);

const decision = z.strictObject({
  action: action.describe('What was done.'),
  checked: z.string().optional().describe('With `guard` = `all`: the guards that allowed, by commas.'),
  guard: z.string().describe('The guard; `all` stands for every guard that allowed.'),
  limit: z.number().optional().describe('Of a limit: points in all.'),
  mode: mode.optional().describe('Mode in which it decided; absent with `all`.'),
  reason: z.string().optional().describe('Code of the reason; absent with `all`.'),
  remaining: z.number().optional().describe('Of a limit: points left.'),
  retry_after_ms: z.number().optional().describe('Milliseconds until the call may be made.'),
  rule: z.string().optional().describe('Id of the policy’s rule or limit.'),
  stage: z.enum(['request', 'result', 'definition']).optional().describe('At what the guard looked.'),
  tool: z.string().optional().describe('Of a definition in a list: the tool that it defines.'),
  verdict: verdict.describe('What the rule says.'),
});

const previous = z.strictObject({
  file: z.string().optional().describe('Name of the file, without folder; absent for the same file.'),
  hash: hash.describe('`hash` of that record.'),
  seq: count.describe('`seq` of that record.'),
  writer: z.string().describe('`writer` of that record.'),
});

const finding = z.strictObject({
  category: z.enum(['security_alert', 'anomaly']).describe('A rule was met, or something is unusual.'),
  count: count.optional().describe('Events, or different values, that were counted.'),
  description: z.string().describe('What was found, in a sentence.'),
  group: z.record(z.string(), z.string()).describe('Fields that were grouped by, with their values.'),
  recommended_action: z.string().optional().describe('What the rule recommends.'),
  rule: z.string().describe('Id of the rule, or name of the detector.'),
  score: z.number().min(0).max(1).describe('How far from usual, from 0 to 1; 1 for a rule.'),
  severity: z.enum(SEVERITIES).describe('How bad it is, as the rule or detector says.'),
  since: z.iso.datetime().describe('Beginning of the time that was looked at.'),
});

export const auditRecordSchema = z
  .strictObject({
    action: action.optional().describe('What the guards did about the call, the strictest of all of them.'),
    agent_name: z.string().nullable().optional().describe('Name of the agent; null when unknown.'),
    arguments: z
      .string()
      .optional()
      .describe('Beginning of the arguments as JSON, redacted; with `level` `request` and `full`.'),
    call_id: z.string().optional().describe('The same on every line of one call.'),
    cost: z.number().optional().describe('What the call cost of its budgets.'),
    decisions: z
      .array(decision)
      .optional()
      .describe('Every guard that did not allow, and one entry for all that did.'),
    dropped: count
      .optional()
      .describe('Lines that this writer could not write, or lost, since its previous line.'),
    error_type: z.string().optional().describe('`error.type` of the call; absent on success.'),
    event: z.enum(EVENTS).describe('What the line is about.'),
    finding: finding.optional().describe('With `mcp_security_alert`: what the monitor has found.'),
    guard: z.string().optional().describe('Guard whose decision `action` is; absent when all allowed.'),
    hash: hash
      .optional()
      .describe(
        'HMAC-SHA-256 under the log’s key, without a key SHA-256, of this record without `hash` in RFC 8785 form, which is how the line is written.',
      ),
    kid: z
      .string()
      .optional()
      .describe('First 8 hex digits of SHA-256 of the key, or `ephemeral` when there is none.'),
    latency_ms: z
      .number()
      .nonnegative()
      .optional()
      .describe('Milliseconds from begin to end; 0 for a call that was never sent.'),
    method: z
      .string()
      .optional()
      .describe(
        'JSON-RPC method; with `mcp_auth` `oauth_authorize`, `oauth_refresh`, `http_401` or `http_403`.',
      ),
    mode: mode.optional().describe('Mode of the decision that `action` is.'),
    outcome: z
      .enum(['success', 'error', 'denied'])
      .optional()
      .describe('How the call ended; absent on the line of an observed denial.'),
    package_version: z.string().optional().describe('Version of this package; with `audit_start`.'),
    params_hash: z
      .string()
      .regex(HASHED)
      .nullable()
      .optional()
      .describe(
        'Keyed hash of the arguments in RFC 8785 form, of the parameters without `_meta` for other methods; null with `level` `none`.',
      ),
    params_hash_scope: z
      .literal('truncated')
      .optional()
      .describe('`params_hash` covers the size and the first 64 kB.'),
    policy_digest: z.string().optional().describe('Digest of the policy that decided.'),
    prev: hash.optional().describe('`hash` of this writer’s previous record, zeros for its first.'),
    previous: previous
      .optional()
      .describe('With `audit_start`: the last record of the file that was written before this one.'),
    reason: z.string().optional().describe('Reason code of the decision.'),
    req_bytes: count.optional().describe('Bytes of what `params_hash` covers, as JSON.'),
    res_bytes: count.optional().describe('Bytes of the result as JSON.'),
    result: z.string().optional().describe('Beginning of the result as JSON, redacted; with `level` `full`.'),
    roles: z.array(z.string()).optional().describe('Roles of the user.'),
    rule: z.string().optional().describe('Rule or limit of the decision.'),
    seq: count.optional().describe('Number of the record among this writer’s, from 0.'),
    server_id: z.string().nullable().optional().describe('Readable name of the server.'),
    session: z.string().optional().describe('Session of the caller, else `Mcp-Session-Id`.'),
    session_scope: z
      .literal('connection')
      .optional()
      .describe('`session` is `Mcp-Session-Id`, which each server gives of its own.'),
    span_id: z.string().optional().describe('Span of the call.'),
    success: z.boolean().optional().describe('False when the call failed, was denied, or would have been.'),
    target: z.string().optional().describe('Tool, prompt or resource URI.'),
    tenant_id: z.string().optional().describe('Tenant of the user.'),
    timestamp: z.iso
      .datetime()
      .describe('When the line was written: RFC 3339, UTC; milliseconds in our own lines.'),
    tool_digest: z.string().optional().describe('Digest of the tool’s definition, when it was seen.'),
    tool_name: z.string().nullable().optional().describe('The tool; the method for other methods.'),
    trace_id: z.string().optional().describe('Trace of the call.'),
    user_id: z.string().nullable().optional().describe('User; null when unknown.'),
    v: z.literal(1).optional().describe('Version of this format; absent in lines of other programs.'),
    verdict: verdict.optional().describe('What the rule of that decision says.'),
    writer: z.string().optional().describe('Who wrote the line: host, process id and a random number.'),
  })
  .describe('One line of the audit log.');

/** One line of the audit log. */
export type AuditRecord = z.output<typeof auditRecordSchema>;
export type AuditEvent = AuditRecord['event'];
export type AuditDecision = z.output<typeof decision>;
export type PreviousRecord = z.output<typeof previous>;
