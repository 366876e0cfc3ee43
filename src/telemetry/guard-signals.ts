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
} as const satisfies Record<string, Signal>;
