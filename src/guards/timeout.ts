/** How long a call may take: no denial, the SDK's own time limit. */
import { globMatches } from '../core/glob';
import type { Policy } from '../policy/schema';
import { milliseconds } from '../core/duration';
import type { GuardInput } from './guard';
import { serverAndTool } from './limit-key';

const DEFAULT = 'default';

/** @returns milliseconds by call; `undefined` where the policy limits none */
export function createTimeouts({
  timeout = {},
}: Policy): ((input: GuardInput) => number | undefined) | undefined {
  const limits = Object.entries(timeout)
    .filter(([pattern]) => pattern !== DEFAULT)
    .map(([pattern, limit]) => [pattern, milliseconds(limit)] as const);
  const fallback = timeout[DEFAULT] === undefined ? undefined : milliseconds(timeout[DEFAULT]);
  if (limits.length === 0 && fallback === undefined) return undefined;
  return (input) => {
    const name = serverAndTool(input);
    return limits.find(([pattern]) => globMatches(pattern, name))?.[1] ?? fallback;
  };
}
