/**
 * The policy file: every field once, with what it means, its unit and its default. `policy.schema.json` and
 * `docs/policy.md` are generated from it. An unknown key is an error.
 *
 * Keys of a field's metadata that are ours: `x-unit`; `x-range`, of a duration; `x-form` and, shorter, `x-shown`, what a
 * text looks like; `x-default`, what holds for a field that is not written, where that is no fixed value.
 */
import { z } from 'zod';

import { audit } from './audit-fields';
import { content, paths, toolsPin, urls } from './input-fields';
import { breaker, limits, retry, timeout } from './limit-fields';
import { classification, monitor } from './monitor-fields';
import { report } from './report-fields';
import { identity, rule, servers } from './server-fields';
import { MODES, name } from './values';

export type { LimitKey } from './limit-fields';
export type { Mode } from './values';

/** Names of the guards, in the order in which they decide (`timeout` and `retry` are no denials). */
export const GUARD_NAMES = [
  'server_allowlist',
  'identity',
  'tenant',
  'tool_allowlist',
  'input_size',
  'tool_pin',
  'path_traversal',
  'url',
  'content',
  'circuit_breaker',
  'rate_limit',
  'budget',
  'audit',
] as const;

export type GuardName = (typeof GUARD_NAMES)[number];

const onError = z.partialRecord(z.enum(['default', ...GUARD_NAMES]), z.enum(['open', 'closed']));

const metrics = z.strictObject({
  user_label: z
    .enum(['plain', 'hashed', 'off'])
    .optional()
    .describe('How the user id appears in metrics; `OTEL_MCP_USER_LABEL` overrides it.')
    .meta({ 'x-default': '`plain`' }),
});

const telemetry = z.strictObject({
  decisions: z
    .enum(['summary', 'all', 'non_allow'])
    .default('summary')
    .describe(
      'Which decisions are span events: every guard that did not allow and one for all that did; one of each guard; or those alone that did not allow.',
    ),
});

export const policySchema = z.strictObject({
  $schema: z
    .string()
    .optional()
    .describe('Where an editor finds the schema of this file; not read otherwise.')
    .meta({ 'x-default': 'none' }),
  version: z.literal(1).describe('Version of this format.'),
  id: name.describe('Name of the policy in decisions and metrics.'),
  mode: z
    .enum(MODES)
    .default('observe')
    .describe('`observe`: decide and record, change nothing. `enforce`: deny. `off`: decide nothing.'),
  default: z
    .enum(['allow', 'deny'])
    .default('deny')
    .describe(
      'What happens to a call that no rule allows; `deny` counts only for servers that some allow rule names.',
    ),
  identity: identity.optional().describe('Who calls are made for.'),
  servers: servers
    .default({})
    .describe('Servers by alias; the first that matches counts, and `*` is every server that none matches.'),
  rules: z.array(rule).default([]).describe('Who may call what; deny over require over allow, in any order.'),
  limits: limits.optional().describe('How much may be asked.'),
  paths: paths.optional().describe('Where paths in arguments may lead.'),
  urls: urls.optional().describe('Where URLs in arguments may lead.'),
  content: content.optional().describe('What strings may hold.'),
  tools_pin: toolsPin.optional().describe('Tool definitions that may not change unnoticed.'),
  breaker: breaker.optional().describe('When a failing server is left alone.'),
  timeout: timeout
    .optional()
    .describe('Time limits by glob over `server/tool`, or `default`; the first that matches counts.'),
  retry: retry.optional().describe('Repeats calls of idempotent tools that failed in transport.'),
  on_error: onError
    .optional()
    .describe(
      'What happens to a call when a guard fails itself, by guard or `default`: it goes on, or is denied.',
    )
    .meta({ 'x-default': '`closed` for the guards of access, `open` for the others' }),
  deny_as: z
    .enum(['throw', 'result'])
    .default('throw')
    .describe('How a denied tool call ends: an error, or a result with `isError`.'),
  audit: audit.optional().describe('The audit log.'),
  monitor: monitor.optional().describe('What is watched while the agent runs, and raised as findings.'),
  classification: classification
    .optional()
    .describe(
      'Tags by globs over `server/tool` and over URIs of resources; the rules that come with the package know `sensitive`, `admin` and `egress`.',
    ),
  metrics: metrics.optional().describe('Labels of the metrics.'),
  telemetry: telemetry.optional().describe('What spans say of decisions.'),
  report: report.optional().describe('The daily report.'),
});

/** A policy as it is written. */
export type PolicyInput = z.input<typeof policySchema>;
/** A policy with its defaults. */
export type Policy = z.output<typeof policySchema>;
