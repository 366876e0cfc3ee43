/**
 * The policy file: every field once, with what it means, its unit and its default. `policy.schema.json` and
 * `docs/policy.md` are generated from it. An unknown key is an error.
 */
import { z } from 'zod';

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

const MODES = ['off', 'observe', 'enforce'] as const;
export type Mode = (typeof MODES)[number];

const name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'letters, digits, `_`, `.` and `-`, at most 64');
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const duration = z.string().regex(DURATION, 'a number and one of ms, s, m, h, d, such as 30s');
const globs = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const mode = z.enum(MODES).optional().describe('Mode of this entry alone; default: the mode of the policy.');
const count = z.number().int().positive();

const serverMatch = z
  .strictObject({
    url: z.string().optional().describe('Glob over the whole URL of an HTTP, SSE or WebSocket server.'),
    command: z
      .string()
      .optional()
      .describe(
        'Glob over the command that starts a stdio server: the base name, or the whole path if it has a slash.',
      ),
    args: z
      .array(z.string())
      .optional()
      .describe('Globs, one per argument of the command, in order; arguments beyond them are free.'),
  })
  .refine(
    (match) => (match.url === undefined) !== (match.command === undefined),
    'needs either `url` or `command`',
  );

const server = z.strictObject({
  match: serverMatch
    .optional()
    .describe('By which transport the server is known. Every alias but `*` needs it.'),
  action: z.enum(['allow', 'deny']).default('allow').describe('Whether calls may go to this server at all.'),
  propagate: z
    .enum(['all', 'traceparent', 'none'])
    .default('all')
    .describe('Which trace context is sent to this server.'),
  filesystem: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Allows a file system server, which is denied otherwise.'),
      root: z.string().optional().describe('Folder that its paths must stay in; default: `paths.root`.'),
      read_only: z.boolean().default(false).describe('Denies tools that are not known to read only.'),
    })
    .optional()
    .describe('Marks a file system server.'),
  mode,
});

const selector = z.strictObject({
  agent: globs.optional().describe('Globs over the agent’s name.'),
  user: globs.optional().describe('Globs over the user id.'),
  tenant: globs.optional().describe('Globs over the tenant id.'),
  role: globs.optional().describe('Globs; one role of the user has to match.'),
  server: globs.optional().describe('Aliases of `servers`, as globs.'),
  tool: globs.optional().describe('Globs over the tool’s name.'),
  resource: globs.optional().describe('Globs over the resource’s URI.'),
  prompt: globs.optional().describe('Globs over the prompt’s name.'),
});

const rule = z
  .strictObject({
    id: name.describe('Name of the rule in decisions and audit lines.'),
    allow: selector.optional().describe('Calls that may be made.'),
    deny: selector.optional().describe('Calls that may not be made, whatever allows them.'),
    require: selector
      .optional()
      .describe('What every call to the targets of this selector must fulfil besides.'),
    reason: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,31}$/, 'a word of small letters, digits and `_`')
      .optional()
      .describe(
        'Reason code of the decision; default: `denied_by_rule`, `required_by_rule`, `not_in_allowlist`.',
      ),
    mode,
  })
  .refine(
    (given) => [given.allow, given.deny, given.require].filter((part) => part !== undefined).length === 1,
    'needs exactly one of `allow`, `deny`, `require`',
  );

const KEYS = ['tenant', 'user', 'agent', 'server', 'tool'] as const;
export type LimitKey = (typeof KEYS)[number];
const per = z
  .array(z.enum(KEYS))
  .min(1)
  .describe('What the limit is counted for; the tenant is always part of the key.');
const scope = globs
  .optional()
  .describe('Globs over `server/tool`: what the limit applies to; default: every guarded call.');

const rate = z.strictObject({
  id: name,
  per,
  for: scope,
  points: count.describe('Calls in the window.'),
  window: duration.describe('Length of the window, from the key’s first admitted call.'),
  burst: z
    .strictObject({ points: count, window: duration })
    .optional()
    .describe('A second, shorter window that narrows the first.'),
  mode,
});

const budget = z.strictObject({
  id: name,
  per,
  for: scope,
  points: z.number().positive().describe('Cost that may be spent in the window.'),
  window: z
    .union([duration, z.enum(['day', 'month', 'total'])])
    .describe(
      'A duration from the key’s first admitted call, `day` or `month` (calendar, UTC), or `total`, which never resets.',
    ),
  cost: z
    .record(z.string(), z.number().nonnegative())
    .default({ '*': 1 })
    .describe('Cost of a call by glob over `server/tool`; the first that matches counts.'),
  mode,
});

const store = z.union([
  z.literal('memory'),
  z.strictObject({
    memory: z.strictObject({
      max_keys: count
        .default(50_000)
        .describe('Keys kept; past it the one unused for longest is forgotten and counted.'),
      state_file: z.string().optional().describe('File that keeps budgets over a restart.'),
    }),
  }),
]);

const limits = z.strictObject({
  size: z
    .strictObject({
      request_bytes: count.default(1_048_576).describe('Bytes of the arguments as JSON.'),
      depth: count.default(32).describe('Depth of nesting.'),
      keys: count.default(10_000).describe('Keys and array elements in all.'),
      mode,
    })
    .optional()
    .describe('Bounds of the arguments.'),
  rate: z.array(rate).default([]).describe('Rate limits; each has to admit a call.'),
  budget: z.array(budget).default([]).describe('Budgets; each has to admit a call.'),
  store: store.default('memory').describe('Where limits are counted.'),
});

const paths = z.strictObject({
  args: z
    .array(z.string().min(1))
    .default(['path', '**.path', '*_path', 'file', 'filename', 'directory', 'paths', 'uri'])
    .describe('Names of arguments that hold paths, with `**.` before them at any depth.'),
  root: z.string().optional().describe('Folder that paths must stay in.'),
  extensions: z
    .array(z.string().regex(/^\.\w+$/, 'an extension with its dot, such as .txt'))
    .optional()
    .describe('Extensions that a file may have.'),
  follow_symlinks: z
    .enum(['check', 'ignore'])
    .default('check')
    .describe('`check`: links on this machine may not lead out of the root either.'),
  deny: z
    .array(z.string())
    .default([])
    .describe('Globs over the normalised path that are denied everywhere.'),
  mode,
});

const urls = z.strictObject({
  args: z
    .array(z.string().min(1))
    .default(['url', '**.url', 'uri', '**.uri'])
    .describe('Names of arguments that hold URLs.'),
  schemes: z.array(z.string()).default(['https']).describe('Schemes that may be used.'),
  deny_private: z
    .boolean()
    .default(true)
    .describe('Denies addresses of private and reserved ranges, and names that stand for this machine.'),
  allow: z.array(z.string()).optional().describe('Globs over host names that may be reached; default: all.'),
  mode,
});

const PLACES = ['arguments', 'results', 'tool_definitions'] as const;
const content = z.strictObject({
  hidden_characters: z
    .enum(['deny', 'strip', 'observe'])
    .default('deny')
    .describe('What is done about invisible and bidirectional characters.'),
  in: z
    .array(z.enum(PLACES))
    .default([...PLACES])
    .describe('Where they are looked for.'),
  patterns: z
    .array(z.strictObject({ id: name, regex: z.string().min(1), mode }))
    .default([])
    .describe('Regular expressions (RE2 syntax, linear time) that no string may match.'),
  mode,
});

const toolsPin = z.strictObject({
  file: z
    .string()
    .describe('Lock file with the digest of every tool definition; written by `on_new: allow`.'),
  on_change: z
    .enum(['deny', 'observe'])
    .default('deny')
    .describe('What is done about a tool whose definition changed.'),
  on_new: z
    .enum(['deny', 'observe', 'allow'])
    .default('observe')
    .describe('What is done about a tool that the file does not know.'),
});

const breaker = z.strictObject({
  per: z
    .array(z.enum(['server', 'tool']))
    .min(1)
    .default(['server'])
    .describe('What has a breaker of its own.'),
  consecutive: count.default(5).describe('Failures in a row that open it.'),
  half_open_after: duration.default('30s').describe('How long it stays open before one call may try.'),
  count: z
    .array(z.enum(['timeout', 'transport', 'rpc', 'tool_error']))
    .default(['timeout', 'transport'])
    .describe('What counts as a failure.'),
  mode,
});

const openOrClosed = z.enum(['open', 'closed']);
const onError = z.partialRecord(z.enum(['default', ...GUARD_NAMES]), openOrClosed);

const audit = z
  .strictObject({
    dir: z.string().optional().describe('Folder for one file per process and day.'),
    file: z.string().optional().describe('A log that lines are appended to; without rotation.'),
    prefix: z
      .string()
      .optional()
      .describe('Text before every line; default: `MCP_AUDIT:` and a space with `file`, none with `dir`.'),
    level: z
      .enum(['none', 'metadata', 'request', 'full'])
      .default('metadata')
      .describe('How much of a call is kept: arguments from `request`, results from `full`.'),
    max_bytes: count.default(1024).describe('Bytes of arguments or result that are kept.'),
    redact: z
      .array(z.string())
      .default([])
      .describe('Names of arguments whose values are replaced by `[redacted]`.'),
    key_file: z
      .string()
      .optional()
      .describe(
        'File with the secret, 32 bytes or more, that keys hashes and chain; default: `MCP_AUDIT_KEY_FILE`.',
      ),
    fsync: z
      .enum(['none', 'interval', 'always'])
      .default('none')
      .describe('`interval`: once a second in the background. `always`: before the call goes on.'),
    on_failure: z
      .enum(['continue', 'block'])
      .default('continue')
      .describe('Whether calls are denied while no line can be written.'),
    retention_days: count
      .min(90)
      .default(90)
      .describe('Days before `audit prune` may delete a file; at least 90.'),
    rotate_bytes: count.default(268_435_456).describe('Size at which a new file is begun.'),
  })
  .refine(
    (given) => (given.dir === undefined) !== (given.file === undefined),
    'needs either `dir` or `file`',
  );

export const policySchema = z.strictObject({
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
  identity: z
    .strictObject({
      required: z.boolean().default(false).describe('Whether every guarded call needs a user id.'),
      from: z
        .array(z.enum(['context', 'env', 'baggage']))
        .optional()
        .describe('Sources of identity; default: `MCP_IDENTITY_FROM`.'),
      bind_session: z
        .boolean()
        .default(false)
        .describe('Whether a connection belongs to the first tenant and user that uses it.'),
      mode,
    })
    .optional()
    .describe('Who calls are made for.'),
  servers: z
    .record(z.string(), server)
    .default({})
    .describe('Servers by alias; `*` is every server that no other alias matches.'),
  rules: z.array(rule).default([]).describe('Who may call what; deny over require over allow, in any order.'),
  limits: limits.optional().describe('How much may be asked.'),
  paths: paths.optional().describe('Where paths in arguments may lead.'),
  urls: urls.optional().describe('Where URLs in arguments may lead.'),
  content: content.optional().describe('What strings may hold.'),
  tools_pin: toolsPin.optional().describe('Tool definitions that may not change unnoticed.'),
  breaker: breaker.optional().describe('When a failing server is left alone.'),
  timeout: z
    .record(z.string(), duration)
    .optional()
    .describe('Time limits by glob over `server/tool`, or `default`.'),
  retry: z
    .strictObject({ max: count.max(10), only_idempotent: z.literal(true).default(true) })
    .optional()
    .describe('Repeats calls of idempotent tools that failed in transport.'),
  on_error: onError
    .optional()
    .describe('What happens to a call when a guard fails itself, by guard or `default`.'),
  deny_as: z
    .enum(['throw', 'result'])
    .default('throw')
    .describe('How a denied tool call ends: an error, or a result with `isError`.'),
  audit: audit.optional().describe('The audit log.'),
  metrics: z
    .strictObject({ user_label: z.enum(['plain', 'hashed', 'off']).optional() })
    .optional()
    .describe('`OTEL_MCP_USER_LABEL` overrides it.'),
  telemetry: z
    .strictObject({ decisions: z.enum(['summary', 'all', 'non_allow']).default('summary') })
    .optional()
    .describe('Which decisions are span events.'),
});

/** A policy as it is written. */
export type PolicyInput = z.input<typeof policySchema>;
/** A policy with its defaults. */
export type Policy = z.output<typeof policySchema>;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `30s`. */
export function milliseconds(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
}
