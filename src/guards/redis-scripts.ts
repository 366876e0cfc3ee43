/**
 * The two Lua scripts that count limits in Redis, each one atomic step.
 *
 * Not `rate-limiter-flexible`: a call that it denies has consumed points all the same, its points are whole numbers, and
 * what it gives back may fall into a later window than it was taken from.
 */

/** Arguments of `TAKE` per key. */
export const TAKE_ARGUMENTS = 6;
/** Entries of its reply per key: state (`a` admitted, `d` denied, `s` not asked any more), remaining, retry after, start. */
export const TAKE_REPLIES = 4;

/**
 * Takes points for one call: of all its limits, or of none. First every counter is looked at, in order, then those are
 * written that the call keeps.
 *
 * `ARGV[1]`: milliseconds since 1970, or empty for the clock of Redis, which processes with differing clocks share.
 * Then per key: points, limit, length of the window in milliseconds (empty: a window without end, or one that the key
 * itself names), time to live (empty: for ever; it is longer than the window, whose end `start` alone decides), limit
 * that the key belongs to, and `1` where that enforces.
 */
const TAKE = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function text(number) return string.format('%.17g', number) end

local charges, failed = {}, {}
local denied, would_deny = false, false
for i, key in ipairs(KEYS) do
  local at = 2 + (i - 1) * ${TAKE_ARGUMENTS}
  local charge = {
    points = tonumber(ARGV[at]), limit = tonumber(ARGV[at + 1]), length = tonumber(ARGV[at + 2]),
    ttl = tonumber(ARGV[at + 3]), owner = ARGV[at + 4], enforces = ARGV[at + 5] == '1', state = 's',
  }
  charges[i] = charge
  if not denied and not failed[charge.owner] and (charge.enforces or not would_deny) then
    local known = redis.call('HMGET', key, 'start', 'used')
    local start = tonumber(known[1])
    if start and charge.length and (now < start or now >= start + charge.length) then start = nil end
    charge.start = start
    charge.used = start and tonumber(known[2]) or 0
    if charge.used + charge.points > charge.limit then
      charge.state = 'd'
      failed[charge.owner] = true
      would_deny = true
      denied = denied or charge.enforces
    else
      charge.state = 'a'
    end
  end
end

local reply = {}
for i, key in ipairs(KEYS) do
  local charge = charges[i]
  local remaining, after, start = '', '', ''
  if charge.state == 'a' then
    local used = charge.used + charge.points
    remaining = text(charge.limit - used)
    start = text(charge.start or now)
    if not denied and not failed[charge.owner] and (charge.enforces or not would_deny) then
      redis.call('HSET', key, 'start', start, 'used', text(used))
      if not charge.start then
        if charge.ttl then redis.call('PEXPIRE', key, charge.ttl) else redis.call('PERSIST', key) end
      end
    end
  elseif charge.state == 'd' then
    remaining = text(math.max(0, charge.limit - charge.used))
    if charge.length then after = text((charge.start or now) + charge.length - now) end
  end
  reply[#reply + 1] = charge.state
  reply[#reply + 1] = remaining
  reply[#reply + 1] = after
  reply[#reply + 1] = start
end
return reply
`;

/**
 * Gives points back, where their window is still the one they were taken from; a window of which nothing is left has not
 * begun. Per key: its start, points.
 */
const REFUND = `
for i, key in ipairs(KEYS) do
  local known = redis.call('HMGET', key, 'start', 'used')
  if known[1] == ARGV[i * 2 - 1] then
    local used = math.max(0, tonumber(known[2]) - tonumber(ARGV[i * 2]))
    if used == 0 then redis.call('DEL', key) else redis.call('HSET', key, 'used', string.format('%.17g', used)) end
  end
end
`;

export const REDIS_SCRIPTS = { mcpguardTake: TAKE, mcpguardRefund: REFUND } as const;
