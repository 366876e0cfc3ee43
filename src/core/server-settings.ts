/** What the agent's owner says of servers: a policy's aliases, and which trace context goes where. */

/** Which trace context is sent to a server: everything, the trace alone (no baggage), or nothing. */
export type Propagation = 'all' | 'traceparent' | 'none';

export interface ServerSettings {
  /** The owner's name for the server. */
  readonly alias?: string | undefined;
  readonly propagate: Propagation;
}

/** @param identity - full transport identity: a URL, or a JSON array of command and arguments */
type Lookup = (identity: string) => ServerSettings;

const DEFAULT: ServerSettings = { propagate: 'all' };

let lookup: Lookup = () => DEFAULT;

/** Sets who knows; connections made from now on go by it. */
export function describeServersBy(settings: Lookup): void {
  lookup = settings;
}

export function settingsOfServer(identity: string): ServerSettings {
  return lookup(identity);
}
