/** What a limit is counted for. */
import { createHash } from 'node:crypto';

import { LRUCache } from 'lru-cache';

import { anyGlobMatches } from '../core/glob';
import type { Globs } from '../core/glob';
import type { LimitKey } from '../policy/schema';
import type { GuardInput } from './guard';

/**
 * Name of what a limit counts. A limit whose window, or what it is counted for, is changed starts afresh; one whose points
 * are changed goes on.
 */
export function counterName(id: string, window: string, per: readonly LimitKey[]): string {
  return `${id}|${window}|${per.filter((part) => part !== 'tenant').join(',')}`;
}

/** For whom a call is counted. The tenant is part of it always: one tenant's calls never count against another's. */
export function limitValues(per: readonly LimitKey[], input: GuardInput): string {
  let key = delimited(tenantOf(input));
  for (const part of per) if (part !== 'tenant') key += delimited(valueOf(part, input));
  return key;
}

export function tenantOf({ call }: GuardInput): string {
  return call.identity.tenantId ?? '';
}

/** The tenant's user, where one is known. */
export function ownerOf({ call }: GuardInput): string | undefined {
  const { tenantId = '', userId } = call.identity;
  return userId === undefined ? undefined : delimited(tenantId) + delimited(userId);
}

/** `server/tool` of a call, for scopes and costs; other methods have their method in place of the tool. */
export function serverAndTool({ call, server }: GuardInput): string {
  return `${server ?? call.session.serverId}/${call.target?.type === 'tool' ? call.target.name : call.method}`;
}

export function isInScope(scope: Globs | undefined, input: GuardInput): boolean {
  return scope === undefined || anyGlobMatches(scope, serverAndTool(input));
}

function valueOf(part: LimitKey, input: GuardInput): string {
  const { call } = input;
  switch (part) {
    case 'tenant':
      return tenantOf(input);
    case 'user':
      return call.identity.userId ?? '';
    case 'agent':
      return call.identity.agentName ?? '';
    case 'server':
      return digestOf(call.session.identity);
    case 'tool':
      return call.target?.name ?? call.method;
  }
}

const digests = new LRUCache<string, string>({ max: 1_000 });

/** Arguments of a server may hold secrets, and keys stand in a state file. */
function digestOf(identity: string): string {
  let digest = digests.get(identity);
  if (digest === undefined) {
    digest = createHash('sha256').update(identity).digest('base64url');
    digests.set(identity, digest);
  }
  return digest;
}

/** With its length before it, so that no value can look like two. */
function delimited(value: string): string {
  return `|${value.length}:${value}`;
}
