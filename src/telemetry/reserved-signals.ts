/**
 * Metrics of the monitoring guide whose names and labels are fixed already, and which no code records before there are
 * guards to record them.
 */
export const RESERVED_SIGNALS = {
  accessDenied: {
    name: 'mcp.access.denied',
    attributes: ['guard', 'action', 'tool_name', 'server_id', 'agent_name', 'user_id'],
  },
  rateLimitHits: {
    name: 'mcp.rate_limit.hits',
    attributes: ['guard', 'action', 'tool_name', 'server_id', 'agent_name', 'user_id'],
  },
  budgetExceeded: {
    name: 'mcp.budget.exceeded',
    attributes: ['guard', 'action', 'tool_name', 'server_id', 'agent_name', 'user_id'],
  },
} as const;
