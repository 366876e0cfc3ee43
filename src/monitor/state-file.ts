/** Keeps what the monitor has learned over a restart, saved every minute. */
import { renameSync } from 'node:fs';

import { say } from '../core/diagnostics';
import { KeptFile } from '../core/kept-file';
import { isPlainObject } from '../core/plain-object';
import { safely } from '../core/safe';
import type { Persistent } from './state';

const SAVE_MS = 60_000;
const VERSION = 1;
const KIND = 'otel-mcp monitor';

/** What each part has saved, by its name. */
export type SavedParts = Readonly<Record<string, readonly unknown[]>>;

/** The parts whose state is kept, and a number that changes when it does; asked for at each save. */
export interface Kept {
  parts(): readonly Persistent[];
  changes(): number;
  /** Whether the parts take over what the file holds: not when they have learned something themselves. */
  readonly restores: boolean;
}

/**
 * Takes the file into use: its content goes to the parts.
 *
 * @param saveMs - least time between two saves. Default: a minute
 * @returns to be closed when the process ends; `undefined`, having said why, when the file cannot be used
 */
export function openStateFile(file: string, kept: Kept, saveMs = SAVE_MS): KeptFile | undefined {
  let saved = kept.changes();
  return KeptFile.open({
    file,
    everyMs: saveMs,
    content: {
      load: (text) => load(file, text, kept.restores ? kept.parts() : []),
      isChanged: () => kept.changes() !== saved,
      text: () => {
        saved = kept.changes();
        return textOf(kept.parts());
      },
    },
    otherwise: 'the monitor learns what is usual anew with every start',
    remedy: 'give monitor.state_file of each process a name of its own',
  });
}

/** @returns `undefined` when `text` is no state file of this version */
export function parseState(text: string): SavedParts | undefined {
  try {
    const { kind, version, parts } = JSON.parse(text) as Record<string, unknown>;
    if (kind !== KIND || version !== VERSION || !isPlainObject(parts)) return undefined;
    return Object.values(parts).every(Array.isArray) ? (parts as SavedParts) : undefined;
  } catch {
    return undefined;
  }
}

/** Gives every part what it saved. What a part cannot use is its own affair; one that fails does not keep others from theirs. */
export function restoreParts(parts: readonly Persistent[], saved: SavedParts): void {
  for (const part of parts) {
    const values = Object.hasOwn(saved, part.name) ? saved[part.name] : undefined;
    if (values !== undefined) safely('monitor state', () => part.restore(values));
  }
}

function load(file: string, text: string, parts: readonly Persistent[]): void {
  const saved = parseState(text);
  if (saved !== undefined) return restoreParts(parts, saved);
  const aside = `${file}.old`;
  renameSync(file, aside);
  say(
    `${file} is no state file of this version, or a damaged one: the monitor learns what is usual anew; the file was renamed to ${aside}, remove that if nobody misses it`,
  );
}

function* textOf(parts: readonly Persistent[]): Generator<string> {
  yield `{"kind":${JSON.stringify(KIND)},"version":${VERSION},"parts":{`;
  let isFirstPart = true;
  for (const part of parts) {
    yield `${isFirstPart ? '' : ','}${JSON.stringify(part.name)}:[`;
    isFirstPart = false;
    let separator = '\n';
    for (const value of part.save()) {
      yield separator + JSON.stringify(value ?? null);
      separator = ',\n';
    }
    yield ']';
  }
  yield '}}\n';
}
