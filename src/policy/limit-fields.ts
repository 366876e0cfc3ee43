/** How much may be asked: sizes, rates, budgets, breakers, and where they are counted. */
import { z } from 'zod';

import { parseUrl } from '../core/parse-url';

import { count, duration, globs, mode, name, ownPath, serverAndTool } from './values';

const KEYS = ['tenant', 'user', 'agent', 'server', 'tool'] as const;
export type LimitKey = (typeof KEYS)[number];

const id = name.describe('Name of the limit in decisions, audit lines and keys of the store.');
const per = z
  .array(z.enum(KEYS))
  .min(1)
  .describe('What the limit is counted for; the tenant is always part of the key.');
const scope = globs
  .optional()
  .describe('Globs over `server/tool`: what the limit applies to.')
  .meta({ 'x-default': 'every guarded call' });

const WINDOW = duration('100ms', '366d');

const burst = z.strictObject({
  points: count.describe('Calls in the shorter window.').meta({ 'x-unit': 'calls' }),
  window: WINDOW.describe('Length of the shorter window.'),
});

const rate = z.strictObject({
  id,
  per,
  for: scope,
  points: count.describe('Calls in the window.').meta({ 'x-unit': 'calls' }),
  window: WINDOW.describe('Length of the window, from the key’s first admitted call.'),
  burst: burst.optional().describe('A second, shorter window that narrows the first.'),
  mode,
});

const budget = z.strictObject({
  id,
  per,
  for: scope,
  points: z
    .number()
    .positive()
    .describe('Cost that may be spent in the window.')
    .meta({ 'x-unit': 'points' }),
  window: z
    .union([WINDOW, z.enum(['day', 'month', 'total'])])
    .describe(
      'A duration from the key’s first admitted call, `day` or `month` (calendar, UTC), or `total`, which never resets.',
    ),
  cost: z
    .record(serverAndTool, z.number().nonnegative().meta({ 'x-unit': 'points' }))
    .default({ '*': 1 })
    .describe(
      'Cost of a call by glob over `server/tool`; the first that matches counts, and what none matches costs nothing.',
    ),
  mode,
});

export const memory = z.strictObject({
  max_keys: count
    .default(50_000)
    .describe(
      'Keys that rate limits, and keys that budgets keep in a process; past it the one unused for longest is forgotten, and that is counted.',
    )
    .meta({ 'x-unit': 'keys' }),
  max_keys_per_user: count
    .optional()
    .describe('Keys of one tenant’s user that are kept; past it the user’s further keys share one.')
    .meta({ 'x-unit': 'keys', 'x-default': '`CONTEXT_MAX_PER_USER`, else no bound but `max_keys`' }),
  max_age: duration('1m', '366d')
    .optional()
    .describe('A key unused for so long is forgotten, though not before its window ends.')
    .meta({ 'x-default': '`CONTEXT_MAX_AGE_HOURS`, else never' }),
  cleanup_interval: duration('1s', '1d')
    .optional()
    .describe('How often ended windows are looked for.')
    .meta({ 'x-default': '`CONTEXT_CLEANUP_INTERVAL_HOURS`, else `max_age`, else only where a key is used' }),
  state_file: ownPath
    .optional()
    .describe('File that keeps budgets over a restart; used by one process at a time.'),
});

function isRedisUrl(url: string): boolean {
  return /^rediss?:$/.test(parseUrl(url)?.protocol ?? '');
}

/** A cluster has one database only. */
function isNodeUrl(given: string): boolean {
  const url = parseUrl(given);
  return isRedisUrl(given) && url?.hostname !== '' && /^\/?0?$/.test(url?.pathname ?? '');
}

const isEncrypted = (url: string): boolean => url.startsWith('rediss:');
const areAlike = ([first = '', ...others]: readonly string[]): boolean =>
  others.every((url) => isEncrypted(url) === isEncrypted(first));

const redis = z
  .strictObject({
    url: z
      .string()
      .refine(isRedisUrl, 'a URL redis://host:port or rediss://host:port')
      .optional()
      .describe('Where Redis is; put a password in by `${env:NAME}` or `${file:PATH}`.'),
    cluster: z
      .array(
        z.string().refine(isNodeUrl, 'a URL redis://host:port or rediss://host:port, without a database'),
      )
      .min(1)
      .refine(areAlike, 'URLs that all begin with redis://, or all with rediss://')
      .optional()
      .describe(
        'Nodes of a Redis Cluster, in place of `url`: one is enough, more are for when it is gone. The others are found by them, and are connected to as the first URL says. Limits are spread over the nodes by tenant; those of calls without one are on one node.',
      ),
    key_prefix: name
      .default('mcpguard')
      .describe('What keys begin with; fleets with one prefix share their limits.'),
    timeout: duration('1ms', '10s').default('50ms').describe('How long a call waits for Redis.'),
    on_error: z
      .enum(['local', 'open', 'closed'])
      .default('local')
      .describe('What happens while Redis is slow or gone: count in this process, admit, or deny.'),
  })
  .refine(({ url, cluster }) => (url === undefined) !== (cluster === undefined), 'either `url` or `cluster`');

const store = z.union([
  z.literal('memory'),
  z
    .strictObject({
      memory: memory
        .optional()
        .describe('State of this process; with `redis` what counts while Redis is away.'),
      redis: redis.optional().describe('Limits that many processes share. Needs the package `ioredis`.'),
    })
    .refine((given) => given.memory !== undefined || given.redis !== undefined, '`memory` or `redis`'),
]);

const size = z.strictObject({
  request_bytes: count
    .default(1_048_576)
    .describe('Bytes of the arguments as JSON.')
    .meta({ 'x-unit': 'bytes' }),
  depth: count.default(32).describe('Depth of nesting.').meta({ 'x-unit': 'levels' }),
  keys: count.default(10_000).describe('Keys and array elements in all.').meta({ 'x-unit': 'keys' }),
  mode,
});

export const limits = z.strictObject({
  size: size.optional().describe('Bounds of the arguments.'),
  rate: z.array(rate).default([]).describe('Rate limits; each has to admit a call.'),
  budget: z.array(budget).default([]).describe('Budgets; each has to admit a call.'),
  store: store.default('memory').describe('Where limits are counted.'),
});

export const breaker = z.strictObject({
  per: z
    .array(z.enum(['server', 'tool']))
    .min(1)
    .default(['server'])
    .describe('What has a breaker of its own.'),
  consecutive: count.default(5).describe('Failures in a row that open it.').meta({ 'x-unit': 'calls' }),
  half_open_after: duration('100ms', '1d')
    .default('30s')
    .describe('How long it stays open before one call may try.'),
  count: z
    .array(z.enum(['timeout', 'transport', 'rpc', 'tool_error']))
    .min(1)
    .default(['timeout', 'transport'])
    .describe('What counts as a failure.'),
  mode,
});

/** Node’s timers end at 24.8 days; a call that takes a day is no call any more. */
export const timeout = z.record(serverAndTool, duration('1ms', '1d'));

export const retry = z.strictObject({
  max: count.max(10).describe('Attempts after the first.').meta({ 'x-unit': 'attempts' }),
  only_idempotent: z
    .literal(true)
    .default(true)
    .describe('Only tools that say they are read-only or idempotent; nothing else can be chosen.'),
});
