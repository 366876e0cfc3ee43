/** What differs between two policies, entry by entry, in words. Values are those that are written: never what `${…}` stands for. */
import { isPlainObject } from '../core/plain-object';
import type { LoadedPolicy } from '../policy/load';

export interface Difference {
  /** Such as `rules.r1.deny.tool`: entries of lists go by their id. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

export function differencesOf(old: LoadedPolicy, now: LoadedPolicy): readonly Difference[] {
  return compared(old.policy, now.policy, []);
}

/** Differences of two values of one form. */
export function compared(old: unknown, now: unknown, path: readonly string[]): Difference[] {
  if (isSame(old, now)) return [];
  const [from, to] = [entriesOf(old, now), entriesOf(now, old)];
  if (from === undefined || to === undefined) return [leaf(old, now, path)];
  const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...keys].flatMap((key) => {
    const at = [...path, key];
    if (!Object.hasOwn(from, key)) return whole('added', to[key], at);
    return Object.hasOwn(to, key) ? compared(from[key], to[key], at) : whole('removed', from[key], at);
  });
}

/** Maps as they are, lists of entries by their ids; `undefined`: a value. An empty list is one of what the other holds. */
function entriesOf(value: unknown, other?: unknown): Fields | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0) return entriesOf(other) === undefined ? undefined : {};
    const ids = value.map((entry) => (isPlainObject(entry) ? entry['id'] : undefined));
    const isById = value.length > 0 && ids.every((id) => typeof id === 'string');
    return isById ? Object.fromEntries(value.map((entry, index) => [ids[index], entry])) : undefined;
  }
  return isPlainObject(value) ? value : undefined;
}

function whole(kind: 'added' | 'removed', value: unknown, path: readonly string[]): Difference[] {
  if (value === undefined) return [];
  // An empty list is what a key stands for that is not written.
  if (Array.isArray(value) && value.length === 0) return [];
  const name = nameOf(path);
  // Sections are many entries: each of those is said.
  const entries =
    path.length === 1 || (path[0] === 'limits' && path.length === 2) ? entriesOf(value) : undefined;
  if (entries !== undefined && Object.values(entries).some((entry) => typeof entry === 'object')) {
    return Object.entries(entries).flatMap(([key, entry]) => whole(kind, entry, [...path, key]));
  }
  return [{ path: path.join('.'), kind, text: `${name} ${kind}: ${shown(value)}` }];
}

function leaf(old: unknown, now: unknown, at: readonly string[]): Difference {
  const [name, path] = [nameOf(at), at.join('.')];
  if (isEmpty(old)) return { path, kind: 'added', text: `${name} added: ${shown(now)}` };
  if (isEmpty(now)) return { path, kind: 'removed', text: `${name} removed: ${shown(old)}` };
  return { path, kind: 'changed', text: `${name}: ${shown(old)} → ${shown(now)}` };
}

const ENTRIES: Readonly<Record<string, string>> = {
  rules: 'rule',
  servers: 'server',
  'limits.rate': 'rate limit',
  'limits.budget': 'budget',
  'content.patterns': 'pattern',
};

/** Entries by what they are: `rule r1, deny.tool`. */
function nameOf(path: readonly string[]): string {
  for (const depth of [1, 2]) {
    const what = ENTRIES[path.slice(0, depth).join('.')];
    const [entry, ...further] = path.slice(depth);
    if (what === undefined || entry === undefined) continue;
    return `${what} ${entry}${further.length === 0 ? '' : `, ${further.join('.')}`}`;
  }
  return path.join('.');
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.length === 0);

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const LONGEST = 160;

/** As one would write it in a line of the policy. */
function shown(value: unknown): string {
  const text = flow(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (!isPlainObject(value)) return String(value);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{ ${entries.map(([key, entry]) => `${key}: ${flow(entry)}`).join(', ')} }`;
}
