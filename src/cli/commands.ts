/** Every command of `otel-mcp`, in the order in which help lists them. */
import type { Command } from './command';
import { assets } from './commands/assets';
import { auditConvert } from './commands/audit-convert';
import { auditHash } from './commands/audit-hash';
import { auditPrune } from './commands/audit-prune';
import { auditTail } from './commands/audit-tail';
import { auditVerify } from './commands/audit-verify';
import { completion } from './commands/completion';
import { env } from './commands/env';
import { health } from './commands/health';
import { policyDiff } from './commands/policy-diff';
import { policyExplain } from './commands/policy-explain';

export const COMMANDS: Readonly<Record<string, Command>> = {
  env,
  health,
  'audit verify': auditVerify,
  'audit tail': auditTail,
  'audit hash': auditHash,
  'audit prune': auditPrune,
  'audit convert': auditConvert,
  assets,
  'policy explain': policyExplain,
  'policy diff': policyDiff,
  completion,
};
