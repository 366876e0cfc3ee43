/** When a line of a log says that it was written: anybody may have written it. */

/** There was no MCP before; a clock may be set wrong, and one line of it must not stretch a day's report over decades. */
const EARLIEST = Date.UTC(2020, 0);
const AHEAD_MS = 86_400_000;

/** RFC 3339; a time without a zone, as Python writes it, is taken as UTC. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Milliseconds since 1970; `undefined` for what is no time, or no time of a log.
 *
 * @param now - milliseconds since 1970
 */
export function believedTime(timestamp: string, now: number): number | undefined {
  const found = TIME.exec(timestamp);
  if (found === null) return undefined;
  const time = Date.parse(found[1] === undefined ? `${timestamp}Z` : timestamp);
  return time >= EARLIEST && time <= now + AHEAD_MS ? time : undefined;
}
