/**
 * The `load` hook for `module.register`: runs in the hooks thread, which shares nothing with the agent but the sources.
 */
import type { LoadFnOutput, LoadHookContext } from 'node:module';
import { hookLoaded, type Loaded } from './load-hook.js';
import { reportFailure, reportUnrecognised } from './report.js';

/** What the agent's thread passes to `module.register`. */
export interface HooksData {
  /** One element: 1 once a bundle was reported as not recognised, by whichever thread. */
  readonly reported: Int32Array;
}

let reported: Int32Array | undefined;

export function initialize(data: HooksData | undefined): void {
  reported = data?.reported;
}

export async function load(
  url: string,
  context: LoadHookContext,
  nextLoad: (url: string, context?: LoadHookContext) => LoadFnOutput | Promise<LoadFnOutput>,
): Promise<LoadFnOutput> {
  const loaded = await nextLoad(url, context);
  return hookLoaded(
    loaded as LoadFnOutput & Loaded,
    url,
    (file) => reportUnrecognised(file, reported),
    reportFailure,
  );
}
