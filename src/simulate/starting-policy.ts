/** The policy that one begins with: it denies nothing, and says what else there is. */

/** @param id - name of the policy: letters, digits, `_`, `.` and `-` */
export function startingPolicy(id: string): string {
  return `# yaml-language-server: $schema=./node_modules/opentelemetry-instrumentation-mcp/policy.schema.json
# Start the agent with MCP_GUARD_POLICY=<this file>. Every field: docs/policy.md of the package.
version: 1
id: ${id}

# observe: decide and record, change nothing. enforce: deny. Begin with the first, and look at what would have been denied:
#   otel-mcp report audit/
mode: observe

# Who calls are made for: set by withMcpContext() in code, or by MCP_USER_ID, MCP_TENANT_ID, MCP_AGENT_NAME, MCP_ROLES.
identity:
  required: false # true: every call needs a user id
  bind_session: false # true: a connection belongs to the first tenant and user that uses it

# Which servers there are, by how they are reached, never by the name that they give themselves. The first that matches counts.
servers: {}
  # files:
  #   match: { command: npx, args: ['-y', '@modelcontextprotocol/server-filesystem*'] }
  #   filesystem: { enabled: true, root: /srv/data, read_only: true } # file system servers are denied otherwise
  # crm:
  #   match: { url: 'https://mcp.crm.example/*' }
  # '*': { action: deny } # every other server

# Who may call what: deny over require over allow, in any order. What no rule allows is denied on servers that an allow
# rule names. \`otel-mcp policy learn audit/\` writes rules for what was seen.
rules: []
  # - { id: read-files, allow: { server: files, tool: ['read_*', 'list_*'] } }
  # - { id: ops-write, allow: { role: ops, server: files, tool: 'write_*' } }
  # - { id: no-export, deny: { tool: 'export_*' }, reason: export_forbidden }

limits:
  size: { request_bytes: 1048576, depth: 32, keys: 10000 }
  # In memory every process counts for itself; a fleet shares limits in Redis: store: { redis: { url: '\${env:MCP_REDIS_URL}' } }
  rate:
    - { id: per-minute, per: [user, tool], points: 60, window: 60s }
  budget:
    - { id: per-day, per: [user], points: 5000, window: day, cost: { '*': 1 } }

# What strings in arguments, results and tool definitions may hold.
content: { hidden_characters: deny }

# Where paths and URLs in arguments may lead.
# paths: { root: /srv/data, deny: ['**/.env', '**/id_rsa*'] }
urls: { schemes: [https, http], deny_private: true }

# A server that fails five times in a row is left alone for 30 s.
breaker: { per: [server], consecutive: 5, half_open_after: 30s }

# These act under \`enforce\` alone.
# timeout: { default: 30s }
# retry: { max: 2 }

# One file per process and day. \`request\` keeps arguments, \`full\` results too: a stricter policy can then be tried out
# on them by \`otel-mcp policy diff\`.
audit: { dir: ./audit, level: metadata }
`;
}
