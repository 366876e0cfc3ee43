/** Denies calls while no audit line can be written, where the policy says `on_failure: block`. */
import type { StatefulGuard } from './guard';
import { ALLOWED } from './guard';

export function createAuditGuard(isWritable: () => boolean): StatefulGuard {
  return {
    name: 'audit',
    reserve() {
      const finding = isWritable() ? ALLOWED : ({ verdict: 'deny', reason: 'audit_not_writable' } as const);
      return { finding, refund() {} };
    },
  };
}
