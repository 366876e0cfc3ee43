/** THE table of what is asked of Jaeger: how a call is looked up. The pages quote it, and every row is run against a real Jaeger. */

export interface TraceQuery {
  readonly question: string;
  /** Attributes of one span or of its events. `<…>` stands for a value. */
  readonly tags: Readonly<Record<string, string>>;
  /** Name of the span. */
  readonly operation?: string;
  /** Such as `1s`. */
  readonly minDuration?: string;
}

export const TRACE_QUERIES = {
  blocked: { question: 'Which calls were denied?', tags: { 'mcpguard.outcome': 'blocked' } },
  observed: {
    question: 'Which calls would be denied under `enforce`?',
    tags: { 'mcpguard.outcome': 'observed' },
  },
  allowed: { question: 'Which calls did every guard allow?', tags: { 'mcpguard.outcome': 'allowed' } },
  guard: {
    question: 'What did the path guard deny?',
    tags: { 'mcpguard.guard': 'path_traversal', 'mcpguard.verdict': 'deny' },
  },
  guardAndUser: {
    question: 'What did the path guard deny one user?',
    tags: { 'mcpguard.guard': 'path_traversal', 'mcpguard.outcome': 'blocked', 'user.id': '<user>' },
  },
  reason: { question: 'What was denied for one reason?', tags: { 'mcpguard.reason': '<reason>' } },
  rule: { question: 'What did one rule of the policy decide?', tags: { 'security_rule.name': '<rule>' } },
  user: { question: 'What was done for one user?', tags: { 'user.id': '<user>' } },
  toolErrors: { question: 'Which tools answered with an error?', tags: { 'error.type': 'tool_error' } },
  error: { question: 'Which calls failed in one way?', tags: { 'error.type': '<error.type>' } },
  slow: {
    question: 'Which calls of a tool took long?',
    operation: 'tools/call <tool>',
    tags: { 'gen_ai.tool.name': '<tool>' },
    minDuration: '1s',
  },
} as const satisfies Record<string, TraceQuery>;

/** The query with its `<…>` filled in. */
export function filledIn(query: TraceQuery, values: Readonly<Record<string, string>>): TraceQuery {
  const fill = (text: string) =>
    text.replaceAll(/<([\w.]+)>/g, (_all, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`no value for <${name}>: ${query.question}`);
      return value;
    });
  const { operation, tags } = query;
  return {
    ...query,
    ...(operation === undefined ? {} : { operation: fill(operation) }),
    tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, fill(value)])),
  };
}

/** As it is typed into the field “Tags” of Jaeger’s page. */
export function tagsText({ tags }: TraceQuery): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${/[\s"=]/.test(value) ? JSON.stringify(value) : value}`)
    .join(' ');
}

/** A shell command for Jaeger’s HTTP API on its standard port. */
export function curlCommand(query: TraceQuery, service: string, jaeger = 'http://127.0.0.1:16686'): string {
  const parameters = [
    `service=${service}`,
    ...(query.operation === undefined ? [] : [`operation=${query.operation}`]),
    `tags=${JSON.stringify(query.tags)}`,
    ...(query.minDuration === undefined ? [] : [`minDuration=${query.minDuration}`]),
    'lookback=24h',
  ];
  const data = parameters.map((parameter) => `--data-urlencode '${parameter}'`);
  return `curl -sG ${jaeger}/api/traces ${data.join(' ')}`;
}
