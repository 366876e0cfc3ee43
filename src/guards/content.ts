/**
 * What strings may hold: in a call's arguments, in results and in the definitions of tools.
 *
 * A text of 100 MB costs no more than one of {@link MAX_UNITS}: what lies behind is not looked at, and the guard says that
 * it cannot tell (`scan_limit`), unless what it did look at is denied already.
 */
import { RE2JS } from 're2js';

import type { McpCall } from '../core/call';
import type { Mode, Policy } from '../policy/schema';
import { argumentValues, valuesOf } from './argument-values';
import type { Finding, PureGuard } from './guard';
import { ALLOWED } from './guard';
import { hasHiddenCharacters, withoutHiddenCharacters } from './hidden-characters';
import { withTexts } from './text-changes';

type ContentSection = NonNullable<Policy['content']>;

/** Characters (UTF-16 code units) that are searched for hidden ones, all strings together. */
const MAX_UNITS = 4 * 1024 * 1024;
/** Characters that each pattern is matched against: it costs up to 60 ms for a million of them. */
const MAX_PATTERN_UNITS = 256 * 1024;

/** Of results and definitions: without a limit on bytes of its own, since the strings are bounded here. */
const BOUNDS = { request_bytes: 6 * MAX_UNITS, depth: 100, keys: 1_000_000 };

const SCAN_LIMIT: Finding = { verdict: 'error', reason: 'scan_limit' };
const STRICTNESS: Readonly<Record<Mode, number>> = { off: 0, observe: 1, enforce: 2 };

/** @param policyMode - the mode of patterns that have none, nor the section */
export function createContentGuard(content: ContentSection, policyMode: Mode): PureGuard {
  const search = new Search(content, policyMode);
  const strips = content.hidden_characters === 'strip';
  const looksAt = (place: ContentSection['in'][number]): boolean => content.in.includes(place);
  return {
    name: 'content',
    mode: content.mode,
    check(input) {
      if (!looksAt('arguments')) return undefined;
      const { excess, texts } = argumentValues(input);
      const found = search.in(texts, excess !== undefined);
      // A request of a server's is answered as it came.
      const canStrip = strips && input.call.direction === 'outgoing';
      const hidden = input.isStripped === true ? STRIPPED : hiddenFinding(found.hidden, content, canStrip);
      return verdictOf(hidden, found);
    },
    strip: strips && looksAt('arguments') ? stripped : undefined,
    checkResult: looksAt('results') ? (_, value) => search.review(value) : undefined,
    // Nor the name of a definition: it would become that of another tool.
    checkDefinition: looksAt('tool_definitions')
      ? (_, tool) => search.review(tool, !hasHiddenCharacters(tool.name))
      : undefined,
  };
}

/** What a call sends in place of its own: the arguments, or what takes their place. */
function stripped({ method, params, direction }: McpCall): Record<string, unknown> | undefined {
  if (params === undefined || direction !== 'outgoing') return undefined;
  // Not the name: another tool than the one that was decided about would be called.
  const field = method.startsWith('resources/') ? 'uri' : 'arguments';
  const given = params[field];
  const kept = withTexts(given, withoutHiddenCharacters, MAX_UNITS);
  return kept === given ? undefined : { [field]: kept };
}

const STRIPPED: Finding = { verdict: 'modify', reason: 'hidden_characters' };

function hiddenFinding(
  isThere: boolean,
  { hidden_characters, mode }: ContentSection,
  canStrip: boolean,
): Finding | undefined {
  if (!isThere) return undefined;
  if (canStrip) return STRIPPED;
  return {
    verdict: 'deny',
    reason: 'hidden_characters',
    mode: hidden_characters === 'observe' && mode !== 'off' ? 'observe' : mode,
  };
}

/** What strings held. */
interface Found {
  readonly hidden: boolean;
  /** Of the strictest pattern that matches. */
  readonly pattern: Finding | undefined;
  /** There is more than was looked at. */
  readonly isCut: boolean;
}

function verdictOf(hidden: Finding | undefined, { pattern, isCut }: Found): Finding {
  const isDenied = hidden?.verdict === 'deny' || pattern !== undefined;
  const [first, ...others] = [hidden, pattern, isCut && !isDenied ? SCAN_LIMIT : undefined].filter(
    (one) => one !== undefined,
  );
  if (first === undefined) return ALLOWED;
  return { ...first, also: others[0] };
}

class Search {
  private readonly patterns: readonly { readonly id: string; readonly mode: Mode; readonly regex: RE2JS }[];

  constructor(
    private readonly content: ContentSection,
    policyMode: Mode,
  ) {
    // Linear in the length of the text, whatever the pattern. The strictest first.
    this.patterns = content.patterns
      .map(({ id, regex, mode }) => ({
        id,
        mode: mode ?? content.mode ?? policyMode,
        regex: RE2JS.compile(regex),
      }))
      .filter(({ mode }) => mode !== 'off')
      .toSorted((one, other) => STRICTNESS[other.mode] - STRICTNESS[one.mode]);
  }

  /** Of a result or a definition; `modify` with what takes its place. */
  review(value: unknown, canStrip = true): Finding {
    const { excess, texts } = valuesOf(value, BOUNDS);
    const found = this.in(texts, excess !== undefined);
    const strips = canStrip && this.content.hidden_characters === 'strip';
    const hidden = hiddenFinding(found.hidden, this.content, strips);
    const replacement = hidden?.verdict === 'modify' ? withoutHidden(value) : undefined;
    return verdictOf(hidden && { ...hidden, replacement }, found);
  }

  in(texts: readonly string[], isIncomplete: boolean): Found {
    const strips = this.content.hidden_characters === 'strip';
    let room = MAX_UNITS;
    let hidden = false;
    const read: string[] = [];
    for (const text of texts) {
      if (room <= 0) break;
      const looked = text.length > room ? text.slice(0, room) : text;
      room -= text.length;
      const isHiding = hasHiddenCharacters(looked);
      hidden ||= isHiding;
      // Patterns are matched against what is left, so that nothing hides from them.
      read.push(isHiding && strips ? withoutHiddenCharacters(looked) : looked);
    }
    const { matched, isCut } = this.matched(read);
    return { hidden, pattern: matched, isCut: isIncomplete || room < 0 || isCut };
  }

  private matched(texts: readonly string[]): { matched: Finding | undefined; isCut: boolean } {
    if (this.patterns.length === 0) return { matched: undefined, isCut: false };
    let room = MAX_PATTERN_UNITS;
    const looked: string[] = [];
    for (const text of texts) {
      if (room > 0) looked.push(text.length > room ? text.slice(0, room) : text);
      room -= text.length;
    }
    const found = this.patterns.find(({ regex }) => looked.some((text) => regex.matcher(text).find()));
    const matched: Finding | undefined = found && {
      verdict: 'deny',
      reason: 'pattern_matched',
      rule: found.id,
      mode: found.mode,
    };
    return { matched, isCut: room < 0 };
  }
}

function withoutHidden(value: unknown): unknown {
  return withTexts(value, withoutHiddenCharacters, MAX_UNITS);
}
