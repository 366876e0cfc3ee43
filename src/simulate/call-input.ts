/** A call as somebody writes it: one JSON object, in the form of `policy explain` and of the cases of `policy test`. */
import type { Identity, McpCall, Session } from '../core/call';
import { isPlainObject } from '../core/plain-object';
import { nearest } from '../core/suggest';
import type { Policy } from '../policy/schema';
import { targetOf } from '../sdk/target';
import { serverByTransport, serverNamed, sessionOf } from './servers';
import type { SimulatedAliases } from './servers';

export interface CallInput {
  readonly method: string;
  /** An alias of the policy, or a transport. */
  readonly server?: string | undefined;
  readonly tool?: string | undefined;
  readonly resource?: string | undefined;
  readonly prompt?: string | undefined;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly at?: number | undefined;
  /** Handed back with the decision. */
  readonly id?: string | number | undefined;
}

/** What is written is no call. */
export class CallInputError extends Error {
  override readonly name = 'CallInputError';
}

const KEYS = ['method', 'server', 'tool', 'resource', 'prompt', 'arguments', 'identity', 'at', 'id'] as const;

/** As in `withMcpContext`, in an audit record, and in a rule of a policy. */
const IDENTITY_KEYS: Readonly<Record<string, keyof Identity>> = {
  userId: 'userId',
  user_id: 'userId',
  user: 'userId',
  tenantId: 'tenantId',
  tenant_id: 'tenantId',
  tenant: 'tenantId',
  agentName: 'agentName',
  agent_name: 'agentName',
  agent: 'agentName',
  roles: 'roles',
  role: 'roles',
  sessionId: 'sessionId',
  session: 'sessionId',
  allowTools: 'allowTools',
};

const LISTS = new Set<keyof Identity>(['roles', 'allowTools']);

type Fields = Readonly<Record<string, unknown>>;

/** @throws CallInputError when it is no call */
export function callInput(value: unknown): CallInput {
  if (!isPlainObject(value)) throw new CallInputError('a call is a JSON object');
  for (const key of Object.keys(value)) checkKey(key, KEYS);
  const method = text(value, 'method') ?? methodOf(value);
  const given = value['arguments'] ?? undefined;
  if (given !== undefined && !isPlainObject(given)) throw new CallInputError('`arguments` is an object');
  const { id } = value;
  return {
    method,
    server: serverText(value['server']),
    tool: text(value, 'tool'),
    resource: text(value, 'resource'),
    prompt: text(value, 'prompt'),
    arguments: given,
    identity: identityOf(value['identity']),
    at: momentOf(value['at']),
    id: typeof id === 'string' || typeof id === 'number' ? id : undefined,
  };
}

/** What nobody can mean is passed over; what looks like a slip is not. */
function checkKey(key: string, known: readonly string[]): void {
  if (known.includes(key)) return;
  const meant = nearest(key, known);
  if (meant !== undefined) throw new CallInputError(`unknown key \`${key}\`; did you mean \`${meant}\`?`);
}

function methodOf(value: Fields): string {
  if (value['resource'] !== undefined) return 'resources/read';
  return value['prompt'] === undefined ? 'tools/call' : 'prompts/get';
}

/** A command and its arguments may be a list. */
function serverText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string')) {
    return JSON.stringify(value);
  }
  throw new CallInputError('`server` is an alias of the policy, a URL, or a command with its arguments');
}

function identityOf(value: unknown): Identity {
  if (value === undefined || value === null) return {};
  if (!isPlainObject(value)) throw new CallInputError('`identity` is an object');
  const identity: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) {
    const name = Object.hasOwn(IDENTITY_KEYS, key) ? IDENTITY_KEYS[key] : undefined;
    if (name === undefined) {
      throw new CallInputError(
        `\`identity\` has no \`${key}\`; it has ${Object.keys(IDENTITY_KEYS)
          .filter((one) => one === IDENTITY_KEYS[one])
          .join(', ')}`,
      );
    }
    if (given === null || given === undefined) continue;
    identity[name] = LISTS.has(name) ? listOf(given, key) : textOf(given, `identity.${key}`);
  }
  return identity;
}

function listOf(value: unknown, key: string): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list;
  throw new CallInputError(`\`identity.${key}\` is a list of texts`);
}

function momentOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new CallInputError('`at` is a time such as 2026-01-31T08:00:00Z, or milliseconds since 1970');
  }
  return time;
}

function text(value: Fields, key: string): string | undefined {
  const given = value[key];
  return given === undefined || given === null ? undefined : textOf(given, key);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new CallInputError(`\`${name}\` is a text`);
}

/** Requests of servers, which guards decide about as they come in. */
const INCOMING = new Set(['sampling/createMessage', 'elicitation/create', 'roots/list']);

/** Makes calls of what is written; calls of one server and session share a connection. */
export class SimulatedCalls {
  private readonly sessions = new Map<string, Session>();

  constructor(
    private readonly servers: Policy['servers'],
    private readonly aliases: SimulatedAliases,
  ) {}

  callOf(input: CallInput): McpCall {
    const { method, server, identity } = input;
    const params = paramsOf(input);
    return {
      direction: INCOMING.has(method) ? 'incoming' : 'outgoing',
      kind: 'request',
      method,
      target: targetOf(method, params),
      params,
      session: this.sessionOf(server, identity.sessionId),
      identity,
      requestId: undefined,
    };
  }

  /** The calls that follow are made on connections of their own. */
  forgetConnections(): void {
    this.sessions.clear();
  }

  private sessionOf(server: string | undefined, id: string | undefined): Session {
    const key = `${id ?? ''}\u0000${server ?? ''}`;
    let session = this.sessions.get(key);
    if (session === undefined) {
      const named = server === undefined ? serverByTransport('unknown') : serverNamed(server, this.servers);
      session = sessionOf(named);
      if (named.alias !== undefined) this.aliases.put(session, named.alias);
      if (this.sessions.size >= MAX_SESSIONS) this.sessions.clear();
      this.sessions.set(key, session);
    }
    return session;
  }
}

/** Sessions are known by what stands in the input: they must not fill the memory. */
const MAX_SESSIONS = 100_000;

function paramsOf({ method, tool, resource, prompt, arguments: given }: CallInput): McpCall['params'] {
  switch (method) {
    case 'tools/call':
      return { name: tool, arguments: given ?? {} };
    case 'prompts/get':
      return { name: prompt ?? tool, ...(given === undefined ? {} : { arguments: given }) };
    case 'resources/read':
    case 'resources/subscribe':
      return { ...given, ...(resource === undefined ? {} : { uri: resource }) };
    default:
      return given ?? {};
  }
}
