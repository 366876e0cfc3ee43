/** Where rules and limits stand in a policy’s file. */
import { readFileSync } from 'node:fs';

import { PolicyDocument } from '../policy/document';
import type { LoadedPolicy } from '../policy/load';
import type { Path } from '../policy/problem';

/** @returns the line, from 1, of what decided; `undefined` where that is no entry of the file, or it has changed since */
export function placesIn({
  file,
  policy,
}: LoadedPolicy): (guard: string, rule: string) => number | undefined {
  let document: PolicyDocument | undefined;
  try {
    document = PolicyDocument.parse(file, readFileSync(file, 'utf8'));
  } catch {
    // It was readable a moment ago: then nothing is said of places.
  }
  return (guard, rule) => {
    const path = pathOf(policy, guard, rule);
    return path && document?.placeOf(path).line;
  };
}

function pathOf(policy: LoadedPolicy['policy'], guard: string, rule: string): Path | undefined {
  if (guard === 'server_allowlist') return ['servers', rule];
  const lists = {
    tool_allowlist: [['rules'], policy.rules],
    rate_limit: [['limits', 'rate'], policy.limits?.rate],
    budget: [['limits', 'budget'], policy.limits?.budget],
    content: [['content', 'patterns'], policy.content?.patterns],
  } as const;
  if (!Object.hasOwn(lists, guard)) return undefined;
  const [at, entries = []] = lists[guard as keyof typeof lists];
  const index = entries.findIndex(({ id }) => id === rule);
  return index === -1 ? undefined : [...at, index];
}
