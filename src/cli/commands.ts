/** Every command of `otel-mcp`, in the order in which help lists them. */
import type { Command } from './command';
import { assets } from './commands/assets';
import { auditConvert } from './commands/audit-convert';
import { auditHash } from './commands/audit-hash';
import { auditPrune } from './commands/audit-prune';
import { auditTail } from './commands/audit-tail';
import { auditVerify } from './commands/audit-verify';
import { completion } from './commands/completion';
import { doctor } from './commands/doctor';
import { env } from './commands/env';
import { health } from './commands/health';
import { monitor } from './commands/monitor';
import { policyCheck } from './commands/policy-check';
import { policyDiff } from './commands/policy-diff';
import { policyExplain } from './commands/policy-explain';
import { policyInit } from './commands/policy-init';
import { policyLearn } from './commands/policy-learn';
import { policyTest } from './commands/policy-test';
import { report } from './commands/report';

export const COMMANDS: Readonly<Record<string, Command>> = {
  env,
  doctor,
  health,
  report,
  monitor,
  'audit verify': auditVerify,
  'audit tail': auditTail,
  'audit hash': auditHash,
  'audit prune': auditPrune,
  'audit convert': auditConvert,
  assets,
  'policy check': policyCheck,
  'policy explain': policyExplain,
  'policy test': policyTest,
  'policy diff': policyDiff,
  'policy learn': policyLearn,
  'policy init': policyInit,
  completion,
};
