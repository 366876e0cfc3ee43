/**
 * Processes below the agent that the probe does not reach, because they were given an environment of their own: whether they
 * preload us all the same. Read from /proc, so on Linux alone; elsewhere nothing is seen of them.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

import { preloadIn, wordsOf } from './preload-words';
import { FOLDER_VARIABLE } from './snapshot';

interface Seen {
  readonly isPreloaded: boolean;
  hasChildren: boolean;
}

export class ProcessTree {
  private readonly seen = new Map<number, Seen>();

  /** @param root - of the tree */
  constructor(private readonly root: number) {}

  /** Looks at what runs now. Processes come and go, and change what they are until they run their program. */
  look(): void {
    if (process.platform !== 'linux') return;
    const queue = [this.root];
    for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
      const children = childrenOf(pid);
      queue.push(...children);
      const isPreloaded = isPreloadedUnprobed(pid);
      if (isPreloaded === undefined) continue;
      const hasChildren = children.length > 0 || this.seen.get(pid)?.hasChildren === true;
      this.seen.set(pid, { isPreloaded, hasChildren });
    }
  }

  /** Without npm, shells and the like, which start others. */
  get preloadedUnprobed(): number {
    return [...this.seen.values()].filter((one) => one.isPreloaded && !one.hasChildren).length;
  }
}

function childrenOf(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** `undefined` of what has ended, or is not ours to read. */
function isPreloadedUnprobed(pid: number): boolean | undefined {
  try {
    if (!basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('node')) return false;
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const valueOf = (name: string): string | undefined =>
      environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
    if (valueOf(FOLDER_VARIABLE) !== undefined) return false;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const cwd = readlinkSync(`/proc/${pid}/cwd`);
    const options = wordsOf(valueOf('NODE_OPTIONS') ?? '');
    // Where the script stands among the words is not looked at: our flag behind it is rare in a server.
    return preloadIn(options, cwd) !== undefined || preloadIn(words.slice(1), cwd) !== undefined;
  } catch {
    return undefined;
  }
}
