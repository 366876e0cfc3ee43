/** The public door to what the monitor of this process knows. */
import type { MonitorSnapshot } from '../monitor/snapshot';
import { runtime } from './runtime';

/**
 * What the monitor has learned so far: usage by tool, by user, and by both, and its latest findings. A call is part of it as
 * soon as the monitor has looked at it, shortly after its result was handed to the agent.
 *
 * @param options.top - rows of each table at most, those with the most calls first. Default: 10
 * @returns `undefined` where no policy with a `monitor` section is in force
 */
export function monitorSnapshot(
  options: { readonly top?: number | undefined } = {},
): MonitorSnapshot | undefined {
  return runtime().health().state?.monitor?.snapshot(options.top);
}
