/** The rules that come with the package, as a file of one's own would say them. */
import type { BuiltInRule } from '../../policy/monitor-fields';

/** The first three are the runtime guide's, with its numbers; each also says which events count together. */
export const BUILT_IN: Readonly<Record<BuiltInRule, string>> = {
  brute_force: `title: failed authentications
name: failed_authentication
detection:
  failure:
    category: security
    type: authentication
    result: failure
  condition: failure
---
title: Brute force
name: brute_force
description: Authentication of one user at one server fails again and again.
correlation:
  type: event_count
  rules: [failed_authentication]
  group-by: [tenant_id, user_id, server_id]
  timespan: 300s
  condition:
    gte: 5
level: high
recommended_action: Look up where the calls came from, revoke the user's tokens, and find out whether a later attempt succeeded.
`,
  privilege_escalation: `title: denied calls of administrative tools
name: denied_admin_call
detection:
  denied:
    category: security
    type: authorization
    result: denied
  admin_tag:
    tags: admin
  admin_name:
    target|contains: admin
  condition: denied and 1 of admin_*
---
title: Privilege escalation
name: privilege_escalation
description: One user is denied administrative tools several times.
correlation:
  type: event_count
  rules: [denied_admin_call]
  group-by: [tenant_id, user_id]
  timespan: 60s
  condition:
    gte: 3
level: critical
recommended_action: Stop the agent's session, and read in its trace what asked for these tools.
`,
  unusual_data_access: `title: reads of sensitive data
name: sensitive_read
detection:
  read:
    category: security
    type: data_access
    tags: sensitive
  condition: read
---
title: Unusual data access
name: unusual_data_access
description: One user reads much sensitive data.
correlation:
  type: event_count
  rules: [sensitive_read]
  group-by: [tenant_id, user_id]
  timespan: 1h
  condition:
    gte: 10
level: medium
recommended_action: Compare the calls with what the user was asked to do, and lower the limits of these tools if it was not that.
`,
  sensitive_flow: `title: sensitive data read
name: sensitive_source
detection:
  read:
    category: security
    type: data_access
    tags: sensitive
  condition: read
---
title: data sent to another server
name: egress_call
detection:
  call:
    category: tool_execution
    type: execution_complete
    tags: egress
  condition: call
---
title: Sensitive flow
name: sensitive_flow
description: Sensitive data is read, then a tool of another server that can send it away is called in the same session.
correlation:
  type: temporal_ordered
  rules: [sensitive_source, egress_call]
  group-by: [session]
  distinct-by: [server_id]
  timespan: 1h
level: high
recommended_action: Read in the trace what was sent, and deny the second tool in sessions that have read sensitive data if it should not have been.
`,
};
