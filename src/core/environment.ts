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
  /** Least and greatest accepted value of a number; anything else is one warning and the default. */
  readonly range?: readonly [least: number, greatest: number];
  /** What an unset variable means, as text for the reader. */
  readonly default: string;
  readonly description: string;
}

const SWITCH = ['true', 'false', '1', '0'] as const;

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
      'Whether files that the process loads are searched for bundled copies of the MCP SDK and of the AI SDK’s client. Searched is each JavaScript module of 4 KiB to 32 MiB, in `node_modules` too, for a string; one that has it is searched for the classes. About 0.3 ms per MB, below 5 % of the start-up of large programs. `off`: only the SDKs’ own files are instrumented.',
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
  OTEL_MCP_EVENTS: {
    name: 'OTEL_MCP_EVENTS',
    values: ['span', 'logs', 'logs/dup'],
    default: 'span',
    description:
      'Where the decisions of guards are recorded: `span` as span events, `logs` as log records, `logs/dup` as both.',
  },
  OTEL_MCP_HTTP: {
    name: 'OTEL_MCP_HTTP',
    default: 'off',
    description:
      '`[host:]port` on which a preloaded process serves `/health/mcp` and, with `OTEL_METRICS_EXPORTER=prometheus`, `/metrics`, from its first MCP use on. Without a host on `127.0.0.1`.',
  },
  OTEL_MCP_HOST_METRICS: {
    name: 'OTEL_MCP_HOST_METRICS',
    values: ['on', 'off'],
    default: 'off',
    description:
      'Whether the SDK that this package starts also measures processors and memory of the host, the process and Node’s event loop, garbage collection and heap. Needs the packages `@opentelemetry/host-metrics` and `@opentelemetry/instrumentation-runtime-node`, to be installed beside the agent (with `@opentelemetry/api` 1.9 the latter’s 0.36). An agent’s own SDK starts them itself.',
  },
  MCP_GUARD_POLICY: {
    name: 'MCP_GUARD_POLICY',
    default: 'none',
    description:
      'Path of the policy file. No other place is searched; without it nothing is guarded and nothing audited.',
  },
  MCP_GUARD_MODE: {
    name: 'MCP_GUARD_MODE',
    values: ['off', 'observe', 'enforce'],
    default: 'enforce',
    description:
      'The strictest mode that anything of the policy may have: it lowers a policy and never raises one.',
  },
  MCP_GUARD_REQUIRED: {
    name: 'MCP_GUARD_REQUIRED',
    values: SWITCH,
    default: 'false',
    description: 'Whether every guarded call is denied while no valid policy is loaded.',
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
    description:
      'File with the secret that keys hashes of user ids and server arguments, and the audit log where the policy names no other.',
  },
  MCP_DEFAULT_TIMEOUT: {
    name: 'MCP_DEFAULT_TIMEOUT',
    range: [0.001, 86_400],
    default: 'none',
    description:
      'Seconds that a call may take: `timeout.default` of the policy, the shorter one where both are given.',
  },
  MCP_ENABLE_FILESYSTEM: {
    name: 'MCP_ENABLE_FILESYSTEM',
    values: SWITCH,
    default: 'false',
    description:
      'Whether file system servers may be used where the policy’s `filesystem.enabled` is not given; `false` denies them wherever it is set.',
  },
  MCP_FILESYSTEM_SAFE_ROOT: {
    name: 'MCP_FILESYSTEM_SAFE_ROOT',
    default: 'none',
    description:
      'Absolute folder that paths must stay in: `paths.root` of the policy, the inner one where both are given.',
  },
  MCP_FILESYSTEM_READ_ONLY: {
    name: 'MCP_FILESYSTEM_READ_ONLY',
    values: SWITCH,
    default: 'false',
    description: 'Whether tools of file system servers are denied that are not known to read only.',
  },
  CONTEXT_REQUIRE_USER_ID: {
    name: 'CONTEXT_REQUIRE_USER_ID',
    values: SWITCH,
    default: 'false',
    description: 'Whether every guarded call needs a user id: `identity.required` of the policy.',
  },
  CONTEXT_MAX_PER_USER: {
    name: 'CONTEXT_MAX_PER_USER',
    range: [1, 1_000_000],
    default: 'none',
    description:
      'Counters that limits keep of one user in memory: `max_keys_per_user` of the policy, the smaller one where both are given.',
  },
  CONTEXT_CLEANUP_INTERVAL_HOURS: {
    name: 'CONTEXT_CLEANUP_INTERVAL_HOURS',
    range: [0.001, 24],
    default: 'none',
    description:
      'Hours between two clean-ups of limits in memory: `cleanup_interval` of the policy, the shorter one where both are given.',
  },
  CONTEXT_MAX_AGE_HOURS: {
    name: 'CONTEXT_MAX_AGE_HOURS',
    range: [0.02, 8_784],
    default: 'none',
    description:
      'Hours after which an unused counter of a limit is forgotten: `max_age` of the policy, the shorter one where both are given.',
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
  if (variable.values === undefined) return value;
  // OpenTelemetry's own enumerations are not case-sensitive either.
  const known = variable.values.find((one) => one === value.toLowerCase());
  if (known !== undefined) return known;
  ignored(variable, variable.values.join(', '));
  return undefined;
}

/** Value of a variable that is `true`, `1`, `false` or `0`; `undefined` as for {@link readEnvironment}. */
export function readSwitch(name: EnvironmentName): boolean | undefined {
  const value = readEnvironment(name);
  return value === undefined ? undefined : value === 'true' || value === '1';
}

/** Value of a variable with a range; `undefined` as for {@link readEnvironment}. */
export function readNumber(name: EnvironmentName): number | undefined {
  const variable: EnvironmentVariable = ENVIRONMENT[name];
  const text = readEnvironment(name);
  if (text === undefined) return undefined;
  const [least, greatest] = variable.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const value = Number(text);
  if (value >= least && value <= greatest) return value;
  ignored(variable, `a number from ${least} to ${greatest}`);
  return undefined;
}

function ignored({ name, default: standard }: EnvironmentVariable, allowed: string): void {
  warnOnce(
    `environment:${name}`,
    `${name} has an unknown value and is ignored; allowed: ${allowed} (default: ${standard})`,
  );
}
