/**
 * Environment variables refine a policy that is loaded: where it is silent they fill in, where both speak the stricter
 * holds. None of them makes a mode stricter.
 */
import { posix, win32 } from 'node:path';

import { warnOnce } from '../core/diagnostics';
import { readEnvironment, readNumber, readSwitch } from '../core/environment';
import { paths } from './input-fields';
import { memory as memoryFields } from './limit-fields';
import type { Policy } from './schema';
import { milliseconds } from '../core/duration';
import type { Mode } from './values';
import { absoluteFolder, MODES } from './values';

/** A policy as it is in force. */
export interface EffectivePolicy extends Policy {
  /** What holds for file system servers whose entry of `servers` does not say, or that have none. */
  readonly filesystem: { readonly enabled: boolean; readonly read_only: boolean };
}

/** @param policy - stays as it is */
export function refineByEnvironment(policy: Policy): EffectivePolicy {
  const refined = structuredClone(policy);
  const ceiling = readEnvironment('MCP_GUARD_MODE') as Mode | undefined;
  if (ceiling !== undefined) lowerModes(refined, ceiling);
  refineIdentity(refined);
  refineTimeout(refined);
  refineMemory(refined);
  refineRoots(refined);
  const filesystem = refineFilesystem(refined);
  if (filesystem.read_only || Object.values(refined.servers).some(restrictsPaths)) {
    // The guard of paths is what keeps a server in its folder, and from writing: it needs no section of its own for that.
    refined.paths ??= paths.parse({});
  }
  return Object.assign(refined, { filesystem });
}

/** Every `mode` in it, at any depth: only modes have these values under this key. */
function lowerModes(value: object, ceiling: Mode): void {
  for (const [key, entry] of Object.entries(value) as [string, unknown][]) {
    if (typeof entry === 'object' && entry !== null) lowerModes(entry, ceiling);
    else if (key === 'mode' && MODES.includes(entry as Mode)) {
      (value as { mode: Mode }).mode = lower(entry as Mode, ceiling);
    }
  }
}

const lower = (mode: Mode, ceiling: Mode): Mode =>
  MODES.indexOf(ceiling) < MODES.indexOf(mode) ? ceiling : mode;

function refineIdentity(policy: Policy): void {
  if (readSwitch('CONTEXT_REQUIRE_USER_ID') !== true) return;
  policy.identity = { bind_session: false, ...policy.identity, required: true };
}

function refineTimeout(policy: Policy): void {
  const seconds = readNumber('MCP_DEFAULT_TIMEOUT');
  if (seconds === undefined) return;
  policy.timeout = { ...policy.timeout, default: shorter(policy.timeout?.['default'], seconds * 1_000) };
}

/** Bounds of what limits keep in memory; with Redis too, for it counts in memory while that is away. */
function refineMemory(policy: Policy): void {
  const most = readNumber('CONTEXT_MAX_PER_USER');
  const hours = readNumber('CONTEXT_CLEANUP_INTERVAL_HOURS');
  const age = readNumber('CONTEXT_MAX_AGE_HOURS');
  const { limits } = policy;
  if (limits === undefined || (most ?? hours ?? age) === undefined) return;
  const store = limits.store === 'memory' ? {} : limits.store;
  const memory = store.memory ?? memoryFields.parse({});
  if (most !== undefined) {
    memory.max_keys_per_user = Math.min(
      memory.max_keys_per_user ?? Number.POSITIVE_INFINITY,
      Math.floor(most),
    );
  }
  if (hours !== undefined) memory.cleanup_interval = shorter(memory.cleanup_interval, hours * HOUR);
  if (age !== undefined) memory.max_age = shorter(memory.max_age, age * HOUR);
  limits.store = { ...store, memory };
}

const HOUR = 3_600_000;

function shorter(given: string | undefined, length: number): string {
  return given !== undefined && milliseconds(given) <= length ? given : `${Math.ceil(length)}ms`;
}

function refineRoots(policy: Policy): void {
  const root = readEnvironment('MCP_FILESYSTEM_SAFE_ROOT');
  if (root === undefined) return;
  if (!absoluteFolder.safeParse(root).success) {
    warn('MCP_FILESYSTEM_SAFE_ROOT has an unknown value and is ignored; allowed: an absolute path');
    return;
  }
  policy.paths ??= paths.parse({});
  policy.paths.root = inner(policy.paths.root, root);
  for (const { filesystem } of Object.values(policy.servers)) {
    if (filesystem?.root !== undefined) filesystem.root = inner(filesystem.root, root);
  }
}

/** The one that lies in the other; of two that lie apart the policy's. */
function inner(given: string | undefined, root: string): string {
  if (given === undefined || isWithin(root, given)) return root;
  if (!isWithin(given, root)) {
    warn(
      `MCP_FILESYSTEM_SAFE_ROOT and the policy name folders that lie apart; the policy’s holds (${given})`,
    );
  }
  return given;
}

function isWithin(folder: string, outer: string): boolean {
  const rules = outer.startsWith('/') ? posix : win32;
  const way = rules.relative(outer, folder);
  return rules.isAbsolute(folder) && way !== '..' && !/^\.\.[\\/]/.test(way) && !rules.isAbsolute(way);
}

function warn(text: string): void {
  warnOnce('environment:MCP_FILESYSTEM_SAFE_ROOT', text);
}

function restrictsPaths({ filesystem }: Policy['servers'][string]): boolean {
  return filesystem?.root !== undefined || filesystem?.read_only === true;
}

function refineFilesystem({ servers }: Policy): EffectivePolicy['filesystem'] {
  const enabled = readSwitch('MCP_ENABLE_FILESYSTEM');
  const readOnly = readSwitch('MCP_FILESYSTEM_READ_ONLY') === true;
  for (const { filesystem } of Object.values(servers)) {
    if (filesystem === undefined) continue;
    filesystem.enabled = enabled !== false && (filesystem.enabled ?? enabled ?? false);
    filesystem.read_only ||= readOnly;
  }
  return { enabled: enabled === true, read_only: readOnly };
}
