/** The signal table's part for guards: recorded only where a policy is loaded or an agent reports decisions of its own. */
import type { Signal } from './signals';

const DENIAL_ATTRIBUTES = ['guard', 'action', 'tool_name', 'server_id', 'agent_name', 'user_id'] as const;

const DENIAL_WHEN =
  'once per deny verdict of these guards, `action` = `blocked` or `observed`; for other methods than `tools/call`, `tool_name` is the method';

export const GUARD_SIGNALS = {
  accessDenied: {
    name: 'mcp.access.denied',
    type: 'counter',
    unit: '{denial}',
    description: 'Calls that a guard of access denied, or would have denied.',
    attributes: DENIAL_ATTRIBUTES,
    when: `${DENIAL_WHEN}; also for a guard that failed and so denied: \`guard\` is the one that failed`,
  },
  rateLimitHits: {
    name: 'mcp.rate_limit.hits',
    type: 'counter',
    unit: '{denial}',
    description: 'Calls that a rate limit denied, or would have denied.',
    attributes: DENIAL_ATTRIBUTES,
    when: DENIAL_WHEN,
  },
  budgetExceeded: {
    name: 'mcp.budget.exceeded',
    type: 'counter',
    unit: '{denial}',
    description: 'Calls that a budget denied, or would have denied.',
    attributes: DENIAL_ATTRIBUTES,
    when: DENIAL_WHEN,
  },
  decisions: {
    name: 'mcpguard.decisions',
    type: 'counter',
    unit: '{decision}',
    description: 'Decisions of guards.',
    attributes: ['guard', 'verdict', 'action', 'mode', 'tool_name', 'server_id'],
    when: 'once per guard and call, whatever the setting of the span events',
  },
  guardDuration: {
    name: 'mcpguard.guard.duration.seconds',
    type: 'histogram',
    unit: 's',
    description: 'Time that the guards took to decide about a call.',
    attributes: [],
    boundaries: [
      0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.005, 0.025, 0.05, 0.1,
    ],
    when: 'once per call that guards decided about',
  },
  policyInfo: {
    name: 'mcpguard.policy.info',
    type: 'updowncounter',
    unit: '{policy}',
    description: 'The policy in force.',
    attributes: ['policy', 'digest', 'mode'],
    when: 'read at collection: 1 for the policy in force, 0 for those before it',
  },
  policyLoadErrors: {
    name: 'mcpguard.policy.load_errors',
    type: 'counter',
    unit: '{error}',
    description: 'Times that the policy file could not be put into force.',
    attributes: [],
    when: 'read at collection',
  },
  breakerState: {
    name: 'mcpguard.breaker.state',
    type: 'gauge',
    unit: '{state}',
    description: 'State of the circuit breaker: 0 closed, 1 half open, 2 open.',
    attributes: ['server_id'],
    when: 'read at collection; the worst of a server’s breakers. 0 where a reloaded policy has begun anew',
  },
  storeErrors: {
    name: 'mcpguard.store.errors',
    type: 'counter',
    unit: '{error}',
    description: 'Times that the store of limits did not answer.',
    attributes: [],
    when: 'read at collection',
  },
  auditRecords: {
    name: 'mcpguard.audit.records',
    type: 'counter',
    unit: '{record}',
    description: 'Lines written to the audit log.',
    attributes: [],
    when: 'read at collection',
  },
  auditDropped: {
    name: 'mcpguard.audit.dropped',
    type: 'counter',
    unit: '{record}',
    description: 'Lines that could not be written to the audit log.',
    attributes: ['reason'],
    when: 'read at collection',
  },
  auditHeadSeq: {
    name: 'mcpguard.audit.head_seq',
    type: 'gauge',
    unit: '{record}',
    description: 'Number of the last line of the audit log’s chain.',
    attributes: [],
    when: 'read at collection',
  },
  stateEvictions: {
    name: 'mcpguard.state.evictions',
    type: 'counter',
    unit: '{key}',
    description: 'Keys of limits that were forgotten because there were too many.',
    attributes: ['state'],
    when: 'read at collection',
  },
} as const satisfies Record<string, Signal>;
