/** The policy's `classification`: tags of tools and resources. */
import { LRUCache } from 'lru-cache';

import { anyGlobMatches, type Globs } from '../core/glob';
import type { MonitoredLine } from './line';

/** The tags that fit what a line is about. */
export type Classify = (line: MonitoredLine) => readonly string[];

const NONE: readonly string[] = [];
/** Targets whose tags are remembered: a server chooses their names. */
const MAX_REMEMBERED = 5_000;

/**
 * @param classification - globs by tag, over `server/tool` for tools and prompts, and for resources over `server/uri` and the
 * URI alone
 */
export function createClassify(classification: Readonly<Record<string, Globs>> = {}): Classify {
  const rows = Object.entries(classification);
  if (rows.length === 0) return () => NONE;
  const known = new LRUCache<string, readonly string[]>({ max: MAX_REMEMBERED });
  return ({ server_id, target, tool_name }) => {
    const name = target ?? tool_name ?? '';
    const full = `${server_id ?? ''}/${name}`;
    let tags = known.get(full);
    if (tags === undefined) {
      const fits = (globs: Globs): boolean => anyGlobMatches(globs, full) || isUri(name, globs);
      tags = rows.flatMap(([tag, globs]) => (fits(globs) ? [tag] : NONE));
      known.set(full, tags);
    }
    return tags;
  };
}

function isUri(name: string, globs: Globs): boolean {
  return name.includes('://') && anyGlobMatches(globs, name);
}
