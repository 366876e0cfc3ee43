/** Calls as guards see them. */
import type { Identity, McpCall, Session } from '../../../src/core/call';
import type { GuardInput } from '../../../src/guards/guard';
import { LimitStores, type Counters } from '../../../src/guards/limit-stores';
import { policySchema, type Policy, type PolicyInput } from '../../../src/policy/schema';

export const STDIO = JSON.stringify(['node', '/srv/crm.js']);

export function session(identity = STDIO, serverId = 'crm'): Session {
  return {
    role: 'client',
    startedAt: 0,
    transport: 'stdio',
    identity,
    serverId,
    protocolVersion: undefined,
    sessionId: undefined,
    serverName: undefined,
    clientName: undefined,
  };
}

const DEFAULT_SESSION = session();

export interface CallOptions {
  readonly tool?: string;
  readonly args?: Record<string, unknown>;
  readonly identity?: Identity;
  readonly session?: Session;
  readonly server?: string | undefined;
  readonly now?: number;
}

export function toolCall(options: CallOptions = {}): GuardInput {
  const { tool = 'search', args = {}, identity = {}, now = 0, server = 'crm' } = options;
  const call: McpCall = {
    direction: 'outgoing',
    kind: 'request',
    method: 'tools/call',
    target: { type: 'tool', name: tool },
    params: { name: tool, arguments: args },
    session: options.session ?? DEFAULT_SESSION,
    identity,
    requestId: undefined,
  };
  return { call, server, now };
}

export function policy(input: Omit<PolicyInput, 'version' | 'id'>): Policy {
  return policySchema.parse({ version: 1, id: 'test', ...input });
}

/** Counters in memory, of nobody else. */
export function counters(limits?: Policy['limits']): Counters {
  return new LimitStores({ evicted() {}, storeFailed() {} }).use(limits);
}
