/**
 * The one table of environment variables that this package itself reads. `docs/environment.md` is generated from it.
 *
 * Standard `OTEL_*` variables that the OpenTelemetry SDK reads are not repeated here.
 */
import { warnOnce } from './diagnostics';

export interface EnvironmentVariable {
  readonly name: string;
  /** Accepted values where the list is closed; anything else is one warning and the default. */
  readonly values?: readonly string[];
  /** What an unset variable means, as text for the reader. */
  readonly default: string;
  readonly description: string;
}

export const ENVIRONMENT = {
  OTEL_MCP_SDK: {
    name: 'OTEL_MCP_SDK',
    values: ['auto', 'global', 'off'],
    default: 'auto',
    description:
      'Which OpenTelemetry SDK serves an agent that has registered none. `auto`: a private one, started at the first MCP use. `global`: the same, registered as the process’s SDK, so that spans of other libraries are exported too. `off`: never start one.',
  },
  OTEL_MCP_BUNDLES: {
    name: 'OTEL_MCP_BUNDLES',
    values: ['on', 'off'],
    default: 'on',
    description:
      'Whether files that the process loads are searched for bundled copies of the MCP SDK and of the AI SDK’s client. Searched is each JavaScript module of 4 KiB to 32 MiB, in `node_modules` too, for two strings; one that has either is searched for the classes. About 0.5 ms per MB, below 5 % of the start-up of large programs. `off`: only the SDKs’ own files are instrumented.',
  },
  OTEL_MCP_EXECUTE_TOOL: {
    name: 'OTEL_MCP_EXECUTE_TOOL',
    values: ['child', 'enrich'],
    default: 'child',
    description:
      'What happens to a tool call inside an outer `execute_tool` span of the same tool. `child`: a CLIENT span of its own. `enrich`: the MCP attributes go on the outer span and no span is made.',
  },
  OTEL_MCP_USER_LABEL: {
    name: 'OTEL_MCP_USER_LABEL',
    values: ['plain', 'hashed', 'off'],
    default: 'plain',
    description:
      'How the user id appears in metrics (`user_id`) and on spans (`user.id`). `hashed` needs the key of `MCP_AUDIT_KEY_FILE`; without one it acts as `off`.',
  },
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: {
    name: 'OTEL_NODE_DISABLED_INSTRUMENTATIONS',
    default: 'none',
    description: 'Comma-separated list; `mcp` in it switches this instrumentation’s telemetry off.',
  },
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: {
    name: 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
    default: 'off',
    description:
      '`true`, `1`, `SPAN_ONLY` or `SPAN_AND_EVENT` put tool arguments, tool results and prompt variables on spans. Anything else keeps them off.',
  },
  OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: {
    name: 'OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN',
    values: ['logs', 'logs/dup'],
    default: 'span event',
    description: 'Where exceptions are recorded: `logs` as log records only, `logs/dup` as both.',
  },
  MCP_USER_ID: {
    name: 'MCP_USER_ID',
    default: 'none',
    description: 'User that every call of the process is made for, unless `withMcpContext` says otherwise.',
  },
  MCP_TENANT_ID: { name: 'MCP_TENANT_ID', default: 'none', description: 'Tenant of that user.' },
  MCP_AGENT_NAME: {
    name: 'MCP_AGENT_NAME',
    default: 'the MCP client’s own name',
    description: 'Name of the agent, label `agent_name`.',
  },
  MCP_ROLES: { name: 'MCP_ROLES', default: 'none', description: 'Comma-separated roles of that user.' },
  MCP_IDENTITY_FROM: {
    name: 'MCP_IDENTITY_FROM',
    default: 'context,env',
    description:
      'Comma-separated sources of identity: `context`, `env`, `baggage`. Baggage can come from outside and is read only when named here.',
  },
  MCP_AUDIT_KEY_FILE: {
    name: 'MCP_AUDIT_KEY_FILE',
    default: 'none',
    description: 'File with the secret that keys hashes of user ids and server arguments.',
  },
} as const satisfies Record<string, EnvironmentVariable>;

export type EnvironmentName = keyof typeof ENVIRONMENT;

/**
 * The variable's value, or `undefined` when it is unset, empty, or (after one warning on stderr) not in its list.
 */
export function readEnvironment(name: EnvironmentName): string | undefined {
  const variable: EnvironmentVariable = ENVIRONMENT[name];
  const value = process.env[name]?.trim();
  if (value === undefined || value === '') return undefined;
  if (variable.values === undefined || variable.values.includes(value)) return value;
  warnOnce(
    `environment:${name}`,
    `${name} has an unknown value and is ignored; allowed: ${variable.values.join(', ')} (default: ${variable.default})`,
  );
  return undefined;
}
