/** One text for who calls what. */
import type { Facts } from './line-facts';

const SEPARATOR = '\n';

/** It is made once for a call: what looks it up in a map computes its hash, which is kept with it. */
export function pairKey({ tenant = '', user, server, tool }: Facts): string {
  return plain(tenant) + SEPARATOR + plain(user) + SEPARATOR + plain(server) + SEPARATOR + tool;
}

export interface PairNames {
  readonly user_id: string;
  readonly tenant_id: string | null;
  readonly server_id: string;
  readonly tool_name: string;
}

export function namesOfPair(pair: string): PairNames {
  const [tenant = '', user = '', server = '', ...tool] = pair.split(SEPARATOR);
  return {
    user_id: user,
    tenant_id: tenant === '' ? null : tenant,
    server_id: server,
    tool_name: tool.join(SEPARATOR),
  };
}

/** A line end in a name is somebody's trick: it becomes its picture. */
function plain(name: string): string {
  return name.includes(SEPARATOR) ? name.replaceAll(SEPARATOR, '\u2424') : name;
}
