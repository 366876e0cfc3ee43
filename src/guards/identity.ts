/** Whether a call is made for somebody, and whether its connection is theirs. */
import type { Session } from '../core/call';
import type { Policy } from '../policy/schema';
import type { PureGuard } from './guard';
import { ALLOWED } from './guard';

type IdentitySection = NonNullable<Policy['identity']>;

export function createIdentityGuard({ required, mode }: IdentitySection): PureGuard | undefined {
  if (!required) return undefined;
  return {
    name: 'identity',
    mode,
    check({ call }) {
      return call.identity.userId === undefined ? { verdict: 'deny', reason: 'user_missing' } : ALLOWED;
    },
  };
}

interface Owner {
  readonly userId: string | undefined;
  readonly tenantId: string | undefined;
}

/** A connection belongs to the first tenant and user that use it. */
export function createTenantGuard({ bind_session, mode }: IdentitySection): PureGuard | undefined {
  if (!bind_session) return undefined;
  const owners = new WeakMap<Session, Owner>();
  return {
    name: 'tenant',
    mode,
    check({ call: { identity, session } }) {
      const { userId, tenantId } = identity;
      const owner = owners.get(session);
      if (owner === undefined) return ALLOWED;
      if (owner.tenantId !== tenantId) return { verdict: 'deny', reason: 'other_tenant' };
      return owner.userId === userId ? ALLOWED : { verdict: 'deny', reason: 'other_user' };
    },
    admitted({ call: { identity, session } }) {
      const { userId, tenantId } = identity;
      if (!owners.has(session)) owners.set(session, { userId, tenantId });
    },
  };
}
