/** What a limit is counted for. */
import { anyGlobMatches } from '../core/glob';
import type { Globs } from '../core/glob';
import type { LimitKey } from '../policy/schema';
import type { GuardInput } from './guard';

/** Key of a limit's counter. The tenant is part of it always: one tenant's calls never count against another's. */
export function limitKey(id: string, per: readonly LimitKey[], input: GuardInput): string {
  let key = id + delimited(input.call.identity.tenantId ?? '');
  for (const part of per) if (part !== 'tenant') key += delimited(valueOf(part, input));
  return key;
}

/** `server/tool` of a call, for scopes and costs; other methods have their method in place of the tool. */
export function serverAndTool({ call, server }: GuardInput): string {
  return `${server ?? call.session.serverId}/${call.target?.type === 'tool' ? call.target.name : call.method}`;
}

export function isInScope(scope: Globs | undefined, input: GuardInput): boolean {
  return scope === undefined || anyGlobMatches(scope, serverAndTool(input));
}

function valueOf(part: LimitKey, { call }: GuardInput): string {
  switch (part) {
    case 'tenant':
      return call.identity.tenantId ?? '';
    case 'user':
      return call.identity.userId ?? '';
    case 'agent':
      return call.identity.agentName ?? '';
    case 'server':
      return call.session.identity;
    case 'tool':
      return call.target?.name ?? call.method;
  }
}

/** With its length before it, so that no value can look like two. */
function delimited(value: string): string {
  return `|${value.length}:${value}`;
}
