/** What the monitor has learned, as it is kept over a restart and over a reload of the policy. */

/** A part of the monitor that remembers. */
export interface Persistent {
  /** Key in the state file; two parts have different ones, and none is ever used for something else. */
  readonly name: string;
  /**
   * What is remembered as values for JSON, one by one: a large part is written in pieces, and the agent goes on between two
   * of them, so that what is still to come may have changed meanwhile. No secrets; user ids may be in it.
   */
  save(): Iterable<unknown>;
  /**
   * Takes over what was saved, by this version or by another one: what does not fit is left out. Called before the first
   * event.
   */
  restore(saved: readonly unknown[]): void;
}

/** Hands what `from` has learned to the parts of the same names, without a file. */
export function carryOver(from: readonly Persistent[], to: readonly Persistent[]): void {
  for (const part of to) {
    const known = from.find(({ name }) => name === part.name);
    if (known !== undefined) part.restore([...known.save()]);
  }
}
