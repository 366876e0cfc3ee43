/** Files of rules that `monitor.rules` names. What stands in them is read by the monitor. */
import { resolve } from 'node:path';

import { BUILT_IN_RULES } from './monitor-fields';
import type { Path } from './problem';
import { readText, type Unreadable } from './read-text';
import type { Policy } from './schema';

export interface RuleFile {
  /** Absolute path, as it stands in the resolved policy. */
  readonly file: string;
  readonly text: string;
}

export interface RuleFiles {
  readonly files: readonly RuleFile[];
  readonly problems: readonly (Unreadable & { readonly path: Path })[];
}

const isFile = (entry: string): boolean => !(BUILT_IN_RULES as readonly string[]).includes(entry);

/** Makes the paths absolute: they are relative to the folder of the policy. */
export function resolveRuleFiles({ monitor }: Policy, folder: string): void {
  if (monitor === undefined) return;
  monitor.rules = monitor.rules.map((entry) => (isFile(entry) ? resolve(folder, entry) : entry));
}

export function readRuleFiles({ monitor }: Policy, folder: string): RuleFiles {
  const files: RuleFile[] = [];
  const problems: (Unreadable & { path: Path })[] = [];
  for (const [index, entry] of (monitor?.rules ?? []).entries()) {
    if (!isFile(entry)) continue;
    const file = resolve(folder, entry);
    const text = readText(file, 'rule');
    if (typeof text === 'string') files.push({ file, text });
    else problems.push({ path: ['monitor', 'rules', index], ...text });
  }
  return { files, problems };
}
