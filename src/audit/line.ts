/** Reads one line of a log: an audit record with any text before it, or none. */
import type { AuditRecord } from './schema';

export interface RecordInLine {
  readonly record: AuditRecord;
  /** The record as it is written, from its `{`. */
  readonly text: string;
  /** What stands before it holds the beginning of another record, which was cut off. */
  readonly isAfterTorn: boolean;
}

/** Places that are tried where a line does not parse: several writers of one file may have torn several lines. */
const MAX_TRIES = 64;

/**
 * @returns `undefined` when the line holds no audit record: text of another program, a torn line
 */
export function recordIn(line: string): RecordInLine | undefined {
  let at = line.indexOf('{');
  for (let tries = 0; at !== -1 && tries < MAX_TRIES; tries += 1) {
    const text = at === 0 ? line : line.slice(at);
    const record = parse(text);
    if (record !== undefined) {
      return { record, text: text.trimEnd(), isAfterTorn: tries > 0 && BEGINNING.test(line.slice(0, at)) };
    }
    // Only a record's own beginning, with or without its prefix; not the objects inside it.
    at = nextStart(line, at + 1);
  }
  return undefined;
}

/** The beginning of a record, which may be cut off within its first key; `{oops}` is none. */
const BEGINNING = /\{\s*"(?:action|agent_name|dropped|event)"\s*:|\{(?:"\w*"?)?$/;

/** Whether a line that holds no record looks as if it were the rest of one. */
export function looksTorn(line: string): boolean {
  return (
    /\{\s*"(?:action|agent_name|dropped|event)"\s*:/.test(line) || /"hash":"[0-9a-f]{0,64}"?\}?$/.test(line)
  );
}

function nextStart(line: string, from: number): number {
  const found = /\{"(?:action|agent_name|dropped|event)":/g;
  found.lastIndex = from;
  return found.exec(line)?.index ?? -1;
}

function parse(text: string): AuditRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<AuditRecord> | null;
    if (typeof value !== 'object' || value === null) return undefined;
    return typeof value.event === 'string' && typeof value.timestamp === 'string'
      ? (value as AuditRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
