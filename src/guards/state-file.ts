/** Keeps windows over a restart, saved every second. */
import { say } from '../core/diagnostics';
import { KeptFile, type KeptContent } from '../core/kept-file';
import type { Window, WindowStore } from './window-store';

const SAVE_MS = 1_000;
const VERSION = 1;

/** Times in milliseconds since 1970; `null` for a window that never ends, and for nobody's. */
type Saved = readonly [
  key: string,
  startedAt: number,
  endsAt: number | null,
  used: number,
  usedAt: number,
  owner: string | null,
];

export class StateFile {
  private constructor(private readonly kept: KeptFile) {
    process.once('exit', this.close);
  }

  /**
   * Takes the file into use and puts what stands in it into `store`.
   *
   * @param store - the one whose windows are kept, asked for at each save
   * @returns `undefined`, having said why, when the file cannot be used
   */
  static open(file: string, store: () => WindowStore): StateFile | undefined {
    const kept = KeptFile.open({
      file,
      everyMs: SAVE_MS,
      content: contentOf(file, store),
      otherwise: 'budgets are counted in memory alone and begin anew with the next start',
      remedy: 'limits.store.redis lets processes share limits',
    });
    return kept && new StateFile(kept);
  }

  /** Saves what is new and lets go of the file. */
  readonly close = (): void => {
    process.off('exit', this.close);
    this.kept.close();
  };
}

function contentOf(file: string, store: () => WindowStore): KeptContent {
  return {
    load: (text) => load(file, text, store()),
    isChanged: () => store().changed,
    text: () => {
      store().changed = false;
      return [textOf(store())];
    },
  };
}

function textOf(store: WindowStore): string {
  const windows: Saved[] = [];
  for (const [key, { startedAt, endsAt, used, usedAt, owner }] of store.entries(Date.now())) {
    windows.push([key, startedAt, Number.isFinite(endsAt) ? endsAt : null, used, usedAt, owner ?? null]);
  }
  return JSON.stringify({ version: VERSION, windows });
}

function load(file: string, text: string, store: WindowStore): void {
  const windows = parse(text);
  if (windows === undefined) {
    say(`${file} is no state file, or a damaged one: budgets begin anew`);
    return;
  }
  const now = Date.now();
  for (const [key, window] of windows) {
    if (now < window.endsAt && !store.has(key)) store.restore(key, window);
  }
}

function parse(text: string): [string, Window][] | undefined {
  try {
    const { version, windows } = JSON.parse(text) as { version: unknown; windows: unknown };
    if (version !== VERSION || !Array.isArray(windows) || !windows.every(isSaved)) return undefined;
    return windows.map(([key, startedAt, endsAt, used, usedAt, owner]) => [
      key,
      { startedAt, endsAt: endsAt ?? Number.POSITIVE_INFINITY, used, usedAt, owner: owner ?? undefined },
    ]);
  } catch {
    return undefined;
  }
}

function isSaved(value: unknown): value is Saved {
  if (!Array.isArray(value)) return false;
  const [key, startedAt, endsAt, used, usedAt, owner] = value as unknown[];
  return (
    typeof key === 'string' &&
    [startedAt, used, usedAt].every((number) => Number.isFinite(number)) &&
    (endsAt === null || Number.isFinite(endsAt)) &&
    (owner === null || typeof owner === 'string')
  );
}
