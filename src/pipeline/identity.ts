/** Who a call is made for: set in code with `withMcpContext`, or for the whole process in the environment. */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { Identity } from '../core/call';
import { readEnvironment } from '../core/environment';

const storage = new AsyncLocalStorage<Identity>();

/**
 * Runs `fn` with an identity that every MCP call made in it, at any depth and after any `await`, is made for.
 *
 * Nested contexts override field by field; `allowTools` can only narrow, so nested lists intersect. A context that
 * sets `userId` takes `tenantId` and `roles` from contexts only, never from the environment. The identity stays in
 * this process: it is not written to baggage or to `_meta`.
 *
 * @example
 * await withMcpContext({ userId: 'u-17', tenantId: 'acme' }, () => client.callTool({ name: 'search' }));
 *
 * @returns what `fn` returns
 */
export function withMcpContext<T>(identity: Identity, fn: () => T): T {
  return storage.run(merge(storage.getStore(), identity), fn);
}

function merge(outer: Identity | undefined, inner: Identity): Identity {
  if (outer === undefined) return { ...inner };
  const merged: Record<string, unknown> = { ...outer };
  for (const [field, value] of Object.entries(inner)) if (value !== undefined) merged[field] = value;
  if (outer.allowTools !== undefined && inner.allowTools !== undefined) {
    merged['allowTools'] = outer.allowTools.filter((tool) => inner.allowTools?.includes(tool));
  }
  return merged;
}

let environment: Identity | undefined;
let sources: ReadonlySet<string> | undefined;

/** The sources that a policy names; `undefined`: those of the environment. */
export function useIdentitySources(named: readonly string[] | undefined): void {
  sources = named && new Set(named);
}

/**
 * The identity of a call that begins now.
 *
 * @param clientName - name of the MCP client, the agent's name where nobody gave one
 * @param baggage - reads identity from W3C baggage; asked only where `MCP_IDENTITY_FROM` names `baggage`
 */
export function currentIdentity(clientName: string | undefined, baggage: () => Identity): Identity {
  sources ??= new Set(
    (readEnvironment('MCP_IDENTITY_FROM') ?? 'context,env').split(',').map((name) => name.trim()),
  );
  const context = sources.has('context') ? storage.getStore() : undefined;
  const process = sources.has('env') ? (environment ??= readIdentity()) : undefined;
  const carried = sources.has('baggage') ? baggage() : undefined;
  if (context === undefined && carried === undefined) return withFallback(process, clientName);
  const user = context?.userId === undefined ? (process?.userId === undefined ? carried : process) : context;
  return {
    userId: user?.userId,
    tenantId: context?.userId === undefined ? (context?.tenantId ?? user?.tenantId) : context.tenantId,
    roles: context?.userId === undefined ? (context?.roles ?? user?.roles) : context.roles,
    agentName: context?.agentName ?? process?.agentName ?? carried?.agentName ?? clientName,
    sessionId: context?.sessionId,
    allowTools: context?.allowTools,
  };
}

let plain: Identity | undefined;
let plainFor: string | undefined;

/** The identity without any context: made once per client name. */
function withFallback(process: Identity | undefined, clientName: string | undefined): Identity {
  if (plain === undefined || plainFor !== clientName) {
    plain = { ...process, agentName: process?.agentName ?? clientName };
    plainFor = clientName;
  }
  return plain;
}

function readIdentity(): Identity {
  const roles = readEnvironment('MCP_ROLES')
    ?.split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
  return {
    userId: readEnvironment('MCP_USER_ID'),
    tenantId: readEnvironment('MCP_TENANT_ID'),
    agentName: readEnvironment('MCP_AGENT_NAME'),
    roles,
  };
}
