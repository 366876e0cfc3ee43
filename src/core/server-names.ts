/** Names that the agent's owner gives to servers: a policy's aliases. */

/** @param identity - full transport identity: a URL, or a JSON array of command and arguments */
type Namer = (identity: string) => string | undefined;

let namer: Namer | undefined;

/** Sets who knows the names; connections made from now on have them. */
export function nameServersBy(names: Namer | undefined): void {
  namer = names;
}

/** The name that the owner gave to a server. */
export function givenServerName(identity: string): string | undefined {
  return namer?.(identity);
}
