/** What an audit line can be about. */
export const EVENTS = [
  'mcp_tool_call',
  'mcp_request',
  'mcp_access_denied',
  'mcp_input_rejected',
  'mcp_rate_limit',
  'mcp_budget_exceeded',
  'mcp_circuit_open',
  'mcp_security_alert',
  'mcp_auth',
  'audit_start',
  'audit_end',
] as const;
