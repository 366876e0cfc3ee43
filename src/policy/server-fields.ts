/** Who may call what: identity, servers, rules. */
import { z } from 'zod';

import { absoluteFolder, alias, globs, globsOverAnything, mode, name, text } from './values';

export const identity = z.strictObject({
  required: z.boolean().default(false).describe('Whether every guarded call needs a user id.'),
  from: z
    .array(z.enum(['context', 'env', 'baggage']))
    .optional()
    .describe(
      'Sources of identity. Baggage can come from outside: name it only where its senders are trusted.',
    )
    .meta({ 'x-default': '`MCP_IDENTITY_FROM`' }),
  bind_session: z
    .boolean()
    .default(false)
    .describe('Whether a connection belongs to the first tenant and user that uses it.'),
  mode,
});

const match = z
  .strictObject({
    url: text(
      /^[A-Za-z][A-Za-z0-9+.*-]*:\/\/[^/]+/,
      'a URL with its scheme and host, such as https://mcp.example/*',
    )
      .optional()
      .describe('Glob over the whole URL of an HTTP, SSE or WebSocket server.'),
    command: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Glob over the command that starts a stdio server: the base name, or the whole path if it has a slash.',
      ),
    args: z
      .array(z.string())
      .optional()
      .describe('Globs, one per argument of the command, in order; arguments beyond them are free.'),
  })
  .refine((given) => (given.url === undefined) !== (given.command === undefined), 'either `url` or `command`')
  .refine((given) => given.args === undefined || given.url === undefined, '`args` with `command` only');

const filesystem = z.strictObject({
  enabled: z
    .boolean()
    .optional()
    .describe('Allows a file system server, which is denied otherwise.')
    .meta({ 'x-default': '`MCP_ENABLE_FILESYSTEM`, else `false`' }),
  root: absoluteFolder
    .optional()
    .describe('Folder that its paths must stay in.')
    .meta({ 'x-default': '`paths.root`' }),
  read_only: z.boolean().default(false).describe('Denies tools that are not known to read only.'),
});

const server = z.strictObject({
  match: match.optional().describe('By which transport the server is known. Every alias but `*` needs it.'),
  action: z.enum(['allow', 'deny']).default('allow').describe('Whether calls may go to this server at all.'),
  propagate: z
    .enum(['all', 'traceparent', 'none'])
    .default('all')
    .describe('Which trace context is sent to this server: everything, without baggage, or nothing.'),
  filesystem: filesystem.optional().describe('Marks a file system server.'),
  mode,
});

export const servers = z.record(alias, server);

const selector = z.strictObject({
  agent: globs.optional().describe('Globs over the agent’s name.'),
  user: globsOverAnything.optional().describe('Globs over the user id.'),
  tenant: globsOverAnything.optional().describe('Globs over the tenant id.'),
  role: globs.optional().describe('Globs; one role of the user has to match.'),
  server: globs.optional().describe('Aliases of `servers`, as globs.'),
  method: globs
    .optional()
    .describe(
      'Globs over the JSON-RPC method, such as `sampling/createMessage`, which a server asks of the agent.',
    ),
  tool: globs.optional().describe('Globs over the tool’s name.'),
  resource: globsOverAnything.optional().describe('Globs over the resource’s URI.'),
  prompt: globs.optional().describe('Globs over the prompt’s name.'),
});

const isSaidOfSomeone = (given: z.output<typeof selector>): boolean =>
  [given.agent, given.user, given.tenant, given.role].some((part) => part !== undefined);

export const rule = z
  .strictObject({
    id: name.describe('Name of the rule in decisions and audit lines.'),
    allow: selector.optional().describe('Calls that may be made.'),
    deny: selector.optional().describe('Calls that may not be made, whatever allows them.'),
    require: selector
      .refine(isSaidOfSomeone, 'at least one of `agent`, `user`, `tenant`, `role`')
      .optional()
      .describe('Who has to make the calls that the selector’s other keys name.'),
    reason: text(/^[a-z][a-z0-9_]{0,31}$/, 'a word of small letters, digits and `_`, at most 32')
      .optional()
      .describe('Reason code of the decision.')
      .meta({ 'x-default': '`denied_by_rule`, `required_by_rule`' }),
    mode,
  })
  .refine(
    (given) => [given.allow, given.deny, given.require].filter((part) => part !== undefined).length === 1,
    'exactly one of `allow`, `deny`, `require`',
  );
