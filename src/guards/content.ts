/** What the strings of a call's arguments may hold. */
import { RE2JS } from 're2js';

import type { Policy } from '../policy/schema';
import type { Finding, PureGuard } from './guard';
import { ALLOWED } from './guard';
import { hasHiddenCharacters } from './hidden-characters';
import { argumentsOf } from './input-size';

type ContentSection = NonNullable<Policy['content']>;

const MAX_DEPTH = 32;

export function createContentGuard(content: ContentSection): PureGuard {
  // Linear in the length of the text, whatever the pattern.
  const patterns = content.patterns.map(({ id, regex, mode }) => ({
    id,
    mode,
    matcher: RE2JS.compile(regex),
  }));
  const finding = (text: string): Finding | undefined => {
    if (hasHiddenCharacters(text)) {
      const mode = content.hidden_characters === 'observe' ? 'observe' : content.mode;
      return { verdict: 'deny', reason: 'hidden_characters', mode };
    }
    const found = patterns.find(({ matcher }) => matcher.matcher(text).find());
    return (
      found && {
        verdict: 'deny',
        reason: 'pattern_matched',
        rule: found.id,
        mode: found.mode ?? content.mode,
      }
    );
  };
  return {
    name: 'content',
    mode: content.mode,
    check({ call }) {
      for (const text of strings(argumentsOf(call), 0)) {
        const found = finding(text);
        if (found !== undefined) return found;
      }
      return ALLOWED;
    },
  };
}

/** Every string, names of fields included. */
function* strings(value: unknown, depth: number): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
  for (const [key, field] of Object.entries(value)) {
    if (!Array.isArray(value)) yield key;
    yield* strings(field, depth + 1);
  }
}
