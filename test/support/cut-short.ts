const UNDELIVERED = /not delivered: .*no answer in time/;

/**
 * Whether a run ended before everything was delivered. What a process can deliver at its end is capped in time, and
 * said so, by contract: on a machine too busy for the cap such a run says nothing about what it was to show.
 */
export function wasCutShort(result: { readonly problems: readonly string[] }): boolean {
  return result.problems.some((problem) => UNDELIVERED.test(problem));
}
