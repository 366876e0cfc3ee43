/**
 * Writes a policy that allows what was seen and nothing else: servers, tools by agent, and limits of twice what was usual.
 * It observes, so that what was not seen yet is told and not denied.
 */
import type { LoadedPolicy } from '../policy/load';
import type { Policy } from '../policy/schema';
import type { ObservedUse, Rate, UseOfServer } from './observed-use';

type ServerMatch = NonNullable<Policy['servers'][string]['match']>;

export interface LearnOptions {
  /** The policy that was in force: whose aliases the log’s servers are. */
  readonly recorded?: LoadedPolicy | undefined;
  /** Default: `learned`. */
  readonly id?: string | undefined;
}

/** A server of the new policy. */
interface Entry {
  readonly alias: string;
  readonly match: ServerMatch;
  readonly isFilesystem: boolean;
  /** Said before it. */
  readonly comment: string;
  readonly uses: UseOfServer[];
}

/** @returns YAML */
export function learnedPolicy(use: ObservedUse, { id = 'learned', recorded }: LearnOptions = {}): string {
  const { entries, unnamed } = entriesOf(use.servers, recorded?.policy.servers ?? {});
  return [
    '# yaml-language-server: $schema=./node_modules/opentelemetry-instrumentation-mcp/policy.schema.json',
    `# Learned from ${use.calls} calls of ${use.users} users, ${use.first ?? 'never'} to ${use.last ?? 'never'}.`,
    '# It denies nothing: read what it would have denied for a while, then write `mode: enforce`.',
    ...(use.observed === 0
      ? []
      : [
          `# The policy in force would have denied ${use.observed} of these calls: look at them before you allow them here.`,
        ]),
    ...(use.blocked === 0 ? [] : [`# ${use.blocked} further calls were denied, and are not allowed here.`]),
    'version: 1',
    `id: ${id}`,
    'mode: observe',
    ...identityLines(use),
    ...serverLines(entries),
    ...ruleLines(entries, unnamed),
    ...limitLines(use, entries),
    'audit: { dir: ./audit }',
    '# Further guards, which cannot be learned from calls:',
    '# content: { hidden_characters: deny }',
    '# paths: { root: /srv/data }',
    '# urls: { deny_private: true }',
    '',
  ].join('\n');
}

function identityLines({ calls, withoutUser }: ObservedUse): string[] {
  if (calls === 0) return [];
  return withoutUser === 0
    ? ['# Every call had a user.', 'identity: { required: true }']
    : [
        `# ${withoutUser} of ${calls} calls had no user: require one when all of them do.`,
        '# identity: { required: true }',
      ];
}

function entriesOf(
  uses: readonly UseOfServer[],
  servers: Policy['servers'],
): { entries: readonly Entry[]; unnamed: readonly UseOfServer[] } {
  const entries: Entry[] = [];
  const unnamed: UseOfServer[] = [];
  for (const use of uses) {
    const made = entryOf(
      use,
      servers,
      new Set([...Object.keys(servers), ...entries.map(({ alias }) => alias)]),
    );
    const same = made && entries.find(({ match }) => JSON.stringify(match) === JSON.stringify(made.match));
    if (same !== undefined) same.uses.push(use);
    else if (made === undefined) unnamed.push(use);
    else entries.push(made);
  }
  return { entries: inOrderOf(servers, entries), unnamed };
}

/** The first that matches counts: aliases that the policy had keep its order. */
function inOrderOf(servers: Policy['servers'], entries: readonly Entry[]): readonly Entry[] {
  const order = Object.keys(servers);
  const place = ({ alias }: Entry): number => (order.includes(alias) ? order.indexOf(alias) : order.length);
  return entries.toSorted((a, b) => place(a) - place(b));
}

function entryOf(
  use: UseOfServer,
  servers: Policy['servers'],
  taken: ReadonlySet<string>,
): Entry | undefined {
  const { serverId } = use;
  const known = Object.hasOwn(servers, serverId) ? servers[serverId] : undefined;
  if (known?.match !== undefined) {
    const isFilesystem = known.filesystem !== undefined || isFilesystemName(JSON.stringify(known.match));
    return { alias: serverId, match: known.match, isFilesystem, comment: `${use.calls} calls`, uses: [use] };
  }
  const match = guessedMatch(serverId);
  if (match === undefined) return undefined;
  const isUrl = match.url !== undefined;
  return {
    alias: aliasFor(serverId, taken),
    match,
    isFilesystem: !isUrl && isFilesystemName(serverId),
    comment: isUrl
      ? `${use.calls} calls, seen as ${plain(serverId)}`
      : `${use.calls} calls, seen as ${plain(serverId)}. How it is started is not in the log: correct this.`,
    uses: [use],
  };
}

const isFilesystemName = (name: string): boolean =>
  /(?:server-filesystem|filesystem-server|mcp-filesystem|filesystem-mcp)/i.test(name);

/** A log has of a URL its origin, of a command line the name of the program. */
function guessedMatch(serverId: string): ServerMatch | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/*?[\]{}\s]+$/i.test(serverId)) return { url: `${serverId}/*` };
  const name = serverId.replace(/#[0-9a-f]+$/, '');
  if (/^[\w.-]+\.[cm]?[jt]sx?$/.test(name)) return { command: 'node', args: [`*${name}`] };
  if (/^[\w.-]+\.py$/.test(name)) return { command: 'python*', args: [`*${name}`] };
  if (name === 'inmemory' || name === 'unknown') return undefined;
  return /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name)
    ? { command: 'npx', args: ['-y', `${name}*`] }
    : undefined;
}

function aliasFor(serverId: string, taken: ReadonlySet<string>): string {
  const words = serverId
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/#[0-9a-f]+$/, '')
    .replace(/^@[^/]*\//, '')
    .replace(/\.[cm]?[jt]sx?$|\.py$/, '')
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 50);
  const base = words === '' ? 'server' : words;
  let alias = base;
  for (let number = 2; taken.has(alias); number += 1) alias = `${base}-${number}`;
  return alias;
}

function serverLines(entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [];
  return [
    '# Servers as they were seen; every other one is denied.',
    'servers:',
    ...entries.flatMap(({ alias, comment, isFilesystem, match }) => [
      `  # ${comment}`,
      `  ${quoted(alias)}:`,
      `    match: ${flow(match)}`,
      ...(isFilesystem
        ? [
            '    # A root that its paths must stay in makes this safer: `root: /srv/data`.',
            '    filesystem: { enabled: true }',
          ]
        : []),
    ]),
  ];
}

function ruleLines(entries: readonly Entry[], unnamed: readonly UseOfServer[]): string[] {
  const ids = new Set<string>();
  const rules = [
    ...entries.flatMap(({ alias, uses }) => rulesOf(alias, alias, uses, ids)),
    ...rulesOf(undefined, 'other', unnamed, ids),
  ];
  if (rules.length === 0) return [];
  return [
    ...(entries.length > 0 && unnamed.length === 0 ? ["  '*': { action: deny }"] : []),
    ...(entries.length > 0 && unnamed.length > 0
      ? [
          `  # Not denied, because no entry can stand for ${unnamed.map(({ serverId }) => plain(serverId)).join(', ')}.`,
          "  '*': { action: allow }",
        ]
      : []),
    '# What was called, and nothing else.',
    'rules:',
    ...rules,
  ];
}

/** More agents than this are not told apart. */
const MAX_AGENTS = 10;

function rulesOf(
  server: string | undefined,
  name: string,
  uses: readonly UseOfServer[],
  ids: Set<string>,
): string[] {
  const rules: string[] = [];
  const where = server === undefined ? {} : { server };
  const add = (kind: string, selector: Readonly<Record<string, unknown>>): void => {
    rules.push(`  - { id: ${idFor(`${name}-${kind}`, ids)}, allow: ${flow(selector)} }`);
  };
  for (const [agents, tools] of toolsByAgents(uses)) {
    add('tools', {
      ...(agents === undefined ? {} : { agent: agents.map(globOf) }),
      ...where,
      tool: tools.map(globOf),
    });
  }
  const all = (part: (use: UseOfServer) => ReadonlySet<string>): string[] => [
    ...new Set(uses.flatMap((use) => [...part(use)])),
  ];
  const resources = [...new Set(all((use) => use.resources).map((uri) => schemeOf(uri)))];
  if (resources.length > 0) add('resources', { ...where, resource: resources });
  const prompts = all((use) => use.prompts);
  if (prompts.length > 0) add('prompts', { ...where, prompt: prompts.map(globOf) });
  const methods = all((use) => use.methods);
  if (methods.length > 0) add('requests', { ...where, method: methods.map(globOf) });
  return rules;
}

type ToolsOfAgents = readonly [agents: readonly string[] | undefined, tools: readonly string[]];

/** Agents that call the same tools share a rule; where one has no name, or there are many, all of them do. */
function toolsByAgents(uses: readonly UseOfServer[]): readonly ToolsOfAgents[] {
  const byAgent = new Map<string | undefined, Set<string>>();
  for (const { tools } of uses) {
    for (const [agent, names] of tools) {
      const known = byAgent.get(agent) ?? new Set();
      for (const name of names) known.add(name);
      byAgent.set(agent, known);
    }
  }
  if (byAgent.size === 0) return [];
  if (byAgent.has(undefined) || byAgent.size > MAX_AGENTS) {
    return [[undefined, [...new Set([...byAgent.values()].flatMap((names) => [...names]))].toSorted()]];
  }
  const byTools = new Map<string, { agents: string[]; tools: string[] }>();
  for (const [agent, names] of byAgent) {
    const tools = [...names].toSorted();
    const key = JSON.stringify(tools);
    const group = byTools.get(key) ?? { agents: [], tools };
    group.agents.push(agent!);
    byTools.set(key, group);
  }
  return [...byTools.values()].map(({ agents, tools }) => [agents, tools]);
}

function idFor(wanted: string, ids: Set<string>): string {
  const base = wanted.slice(0, 60);
  let id = base;
  for (let number = 2; ids.has(id); number += 1) id = `${base}-${number}`;
  ids.add(id);
  return quoted(id);
}

/** A glob that matches the name: characters that a glob cannot have become `?`. */
function globOf(name: string): string {
  return name.replaceAll(/[[\]{}]/g, '?') || '*';
}

const schemeOf = (uri: string): string => /^[a-z][a-z0-9+.-]*:/i.exec(uri)?.[0].concat('*') ?? globOf(uri);

/** Limits of tools by themselves; the rest has the one of all. */
const MAX_TOOL_LIMITS = 25;

function limitLines(use: ObservedUse, entries: readonly Entry[]): string[] {
  const { calls, largest, perDay, perMinute } = use;
  if (calls === 0) return [];
  return [
    'limits:',
    `  # The largest arguments had ${largest} bytes.`,
    `  size: { request_bytes: ${Math.max(65_536, 2 ** Math.ceil(Math.log2(Math.max(1, 2 * largest))))} }`,
    '  rate:',
    `    # Calls of one user to one tool in a minute: ${rateText(perMinute)}.`,
    `    - { id: per-minute, per: [user, tool], points: ${pointsOf(perMinute)}, window: 60s }`,
    ...toolLimitLines(use, entries),
    '  budget:',
    `    # Calls of one user in a day: ${rateText(perDay)}. Give expensive tools a higher cost.`,
    `    - { id: per-day, per: [user], points: ${pointsOf(perDay)}, window: day, cost: { '*': 1 } }`,
  ];
}

/** Of tools that are called less than the limit of all allows, and whose names are no globs of others. */
function toolLimitLines({ perMinute, perTool }: ObservedUse, entries: readonly Entry[]): string[] {
  const aliases = new Map(
    entries.flatMap(({ alias, uses }) => (uses.length === 1 ? [[uses[0]!.serverId, alias] as const] : [])),
  );
  const tighter = perTool.filter(
    (tool) =>
      aliases.has(tool.serverId) && pointsOf(tool) < pointsOf(perMinute) && /^[^*?[\]{}]+$/.test(tool.tool),
  );
  const ids = new Set(['per-minute', 'per-day']);
  return tighter.slice(0, MAX_TOOL_LIMITS).map((tool) => {
    const scope = `${aliases.get(tool.serverId)}/${globOf(tool.tool)}`;
    const id = idFor(`per-minute-${scope.replaceAll(/[^\w.-]/g, '-')}`, ids);
    return `    - { id: ${id}, per: [user], for: ${quoted(scope)}, points: ${pointsOf(tool)}, window: 60s } # ${tool.p99} usual, ${tool.most} at most`;
  });
}

const rateText = ({ most, p99, windows }: Rate): string =>
  `99 of 100 had at most ${p99}, the largest ${most} (of ${windows})`;

/** Twice what was usual, and no less than what was seen. */
const pointsOf = ({ most, p99 }: Rate): number => Math.max(1, 2 * p99, most);

function flow(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? flow(value[0]) : `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return quoted(String(value));
  // `args` is a list, however many there are.
  const entries = Object.entries(value).map(
    ([key, entry]) =>
      `${key}: ${key === 'args' ? `[${(entry as unknown[]).map(flow).join(', ')}]` : flow(entry)}`,
  );
  return `{ ${entries.join(', ')} }`;
}

/** Plain where YAML reads it as the same text, else in quotes, as JSON has them. */
function quoted(text: string): string {
  const isPlain =
    /^[A-Za-z][\w/-]*(?:\.[\w/-]+)*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, escaped);
}

const escaped = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** For a comment. */
function plain(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, '?').slice(0, 120);
}
