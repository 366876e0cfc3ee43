/** Files and folders of ours that a policy names. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Path } from './problem';
import { valueAt } from './problem';

export const OWN_FILES = {
  lock: ['tools_pin', 'file'],
  state: ['limits', 'store', 'memory', 'state_file'],
  monitorState: ['monitor', 'state_file'],
  key: ['audit', 'key_file'],
  auditDir: ['audit', 'dir'],
  auditFile: ['audit', 'file'],
} as const satisfies Record<string, Path>;

/** Makes them absolute: they are relative to the folder of the policy, wherever the agent was started. */
export function resolveOwnFiles(policy: unknown, folder: string): void {
  for (const path of Object.values(OWN_FILES)) {
    const parent = valueAt(policy, path.slice(0, -1)) as Record<string, unknown> | undefined;
    const key = path.at(-1) ?? '';
    const written = typeof parent === 'object' ? parent[key] : undefined;
    if (parent !== undefined && typeof written === 'string') parent[key] = resolve(folder, written);
  }
}

const WRITE_BY_OTHERS = 0o022;

/** Whether its group or everybody may write to a file; `false` where file modes mean nothing or it is not there. */
export function isWritableByOthers(file: string): boolean {
  if (process.platform === 'win32') return false;
  try {
    return (statSync(file).mode & WRITE_BY_OTHERS) !== 0;
  } catch {
    return false;
  }
}
