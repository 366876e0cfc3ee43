/**
 * The nine tests of the implementation summary, each as a policy and what an agent does under it, for two pairs of agent
 * and server: SDK 1.32 with the reference servers, and SDK v2 with a server made with the official v2 packages.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY } from '../../support/installs';
import type { Denied, ExpectedStep } from './denials';
import { node, type Agent, type Policy, type ServerEntry } from './guarded-run';

export const PROGRAMS = join(REPOSITORY, 'test/programs');
const EVERYTHING = join(REPOSITORY, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const FILESYSTEM = join(REPOSITORY, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
/** Matches a server behind the recorder by one of its arguments. */
const behindRecorder = (script: string): { match: { command: string; args: string[] } } => ({
  match: { command: 'node', args: ['*tee.cjs', '*', '*', `*${script}*`] },
});

export interface Side {
  readonly name: string;
  readonly agent: Agent;
  /** A server that answers `echo`. */
  readonly echo: ServerEntry;
  /** A second tool of it, with arguments that it takes. */
  readonly other: { readonly call: string; readonly arguments: Readonly<Record<string, unknown>> };
  /** Name of the argument of `echo` that is a text. */
  readonly textArgument: string;
  /** A server with a tool that reads a file below `root`. */
  readonly files: (root: string) => ServerEntry;
  readonly readFile: string;
}

export const SIDES: readonly Side[] = [
  {
    name: 'SDK 1.32 and the reference servers',
    agent: { program: join(PROGRAMS, 'scripted-agent-v1.cjs') },
    echo: node(EVERYTHING),
    other: { call: 'get-sum', arguments: { a: 1, b: 2 } },
    textArgument: 'message',
    files: (root) => node(FILESYSTEM, root),
    readFile: 'read_text_file',
  },
  {
    name: 'SDK 2.4 and a v2 server',
    agent: { program: join(PROGRAMS, 'scripted-agent-v2.mjs'), preload: 'import', env: { MCP_ERA: 'auto' } },
    echo: node(join(PROGRAMS, 'echo-server-v2.cjs')),
    other: { call: 'whoami', arguments: {} },
    textArgument: 'text',
    files: () => node(join(PROGRAMS, 'echo-server-v2.cjs')),
    readFile: 'echo',
  },
];

interface Case {
  readonly policy: Policy;
  readonly server: ServerEntry;
  readonly steps: readonly ExpectedStep[];
}

const access = (guard: string, reason: string, rule?: string): Denied => ({
  guard,
  kind: 'access_denied',
  event: 'mcp_access_denied',
  reason,
  ...(rule === undefined ? {} : { rule }),
});
const rejected = (guard: string, reason: string): Denied => ({
  guard,
  kind: 'input_rejected',
  event: 'mcp_input_rejected',
  reason,
});

const ALICE = { userId: 'alice', tenantId: 'acme' };
const BOB = { userId: 'bob', tenantId: 'acme' };
const CAROL = { userId: 'carol', tenantId: 'globex' };

/** Makes a case for a side; `folder` is where it may put files. */
type MakeCase = (side: Side, folder: string) => Case;

const sayer =
  ({ textArgument }: Side) =>
  (text: unknown, more: Partial<ExpectedStep> = {}): ExpectedStep => ({
    call: 'echo',
    arguments: { [textArgument]: text },
    ...more,
  });

const toolAllowlist: MakeCase = (side) => {
  const say = sayer(side);
  return {
    server: side.echo,
    policy: { rules: [{ id: 'only-echo', allow: { tool: 'echo' } }] },
    steps: [
      say('hello'),
      { ...side.other, denied: access('tool_allowlist', 'not_in_allowlist') },
      {
        ...say('narrowed in code'),
        as: { allowTools: ['other'] },
        denied: access('tool_allowlist', 'not_in_context'),
      },
      say('hello again'),
    ],
  };
};

const tenants: MakeCase = (side) => {
  const say = sayer(side);
  return {
    server: side.echo,
    policy: {
      limits: {
        rate: [{ id: 'per-tenant', per: ['tenant'], points: 2, window: '1h' }],
        budget: [{ id: 'per-user', per: ['user'], points: 3, window: 'day' }],
      },
    },
    steps: [
      say('acme 1', { as: ALICE }),
      say('acme 2', { as: BOB }),
      say('acme 3', {
        as: ALICE,
        denied: {
          guard: 'rate_limit',
          kind: 'rate_limited',
          event: 'mcp_rate_limit',
          reason: 'window_full',
          rule: 'per-tenant',
        },
      }),
      say('globex 1', { as: CAROL }),
      say('globex 2', { as: CAROL }),
    ],
  };
};

const budget: MakeCase = (side) => {
  const say = sayer(side);
  return {
    server: side.echo,
    policy: { limits: { budget: [{ id: 'three', per: ['user'], points: 3, window: 'day' }] } },
    steps: [
      say('one', { as: ALICE }),
      say('given up before it was sent', { as: ALICE, aborted: true }),
      say('two', { as: ALICE }),
      say('three', { as: ALICE }),
      say('four', {
        as: ALICE,
        denied: {
          guard: 'budget',
          kind: 'budget_exceeded',
          event: 'mcp_budget_exceeded',
          reason: 'budget_spent',
          rule: 'three',
        },
      }),
      say('another user', { as: BOB }),
    ],
  };
};

const content: MakeCase = (side) => {
  const say = sayer(side);
  return {
    server: side.echo,
    policy: { content: {} },
    steps: [
      say('plain, ünïcode, 日本語, 👩‍💻 and\ttabs\n'),
      say('bidirectional: abc\u202Edef', { denied: rejected('content', 'hidden_characters') }),
      say('tags: abc\u{E0041}\u{E0042}', { denied: rejected('content', 'hidden_characters') }),
      say('zero width: pass\u200Bword', { denied: rejected('content', 'hidden_characters') }),
    ],
  };
};

const inputSize: MakeCase = (side) => {
  const say = sayer(side);
  return {
    server: side.echo,
    policy: { limits: { size: { request_bytes: 200, depth: 5, keys: 20 } } },
    steps: [
      say(textOf(200, side.textArgument)),
      say(textOf(201, side.textArgument), { denied: rejected('input_size', 'too_many_bytes') }),
      say('deep', {
        arguments: { [side.textArgument]: 'deep', more: [[[[[[1]]]]]] },
        denied: rejected('input_size', 'too_deep'),
      }),
      say('wide', {
        arguments: { [side.textArgument]: 'wide', more: Array.from({ length: 30 }, () => 1) },
        denied: rejected('input_size', 'too_many_keys'),
      }),
    ],
  };
};

const userRequired: MakeCase = (side) => {
  const say = sayer(side);
  return {
    server: side.echo,
    policy: { identity: { required: true } },
    steps: [
      say('for nobody', { denied: access('identity', 'user_missing') }),
      say('for nobody, with an agent', {
        as: { agentName: 'deploy_agent' },
        denied: access('identity', 'user_missing'),
      }),
      say('for alice', { as: ALICE }),
    ],
  };
};

const ownership: MakeCase = (side) => {
  const say = sayer(side);
  return {
    server: side.echo,
    policy: { identity: { bind_session: true } },
    steps: [
      say('mine', { as: ALICE }),
      say('not mine', { as: BOB, denied: access('tenant', 'other_user') }),
      say('not even my tenant’s', { as: CAROL, denied: access('tenant', 'other_tenant') }),
      say('nobody’s', { denied: access('tenant', 'other_tenant') }),
      say('still mine', { as: ALICE }),
    ],
  };
};

/** A text with which the arguments have so many bytes as JSON. */
function textOf(bytes: number, argument: string): string {
  return 'x'.repeat(bytes - JSON.stringify({ [argument]: '' }).length);
}

const paths: MakeCase = (side, folder) => {
  const root = join(folder, 'data');
  mkdirSync(join(root, 'reports'), { recursive: true });
  writeFileSync(join(root, 'reports', '100%..draft.txt'), 'inside');
  writeFileSync(join(folder, 'secret.txt'), 'outside');
  const read = (path: string, denied?: Denied): ExpectedStep => ({
    call: side.readFile,
    arguments: { path },
    ...(denied === undefined ? {} : { denied }),
  });
  const escape = access('path_traversal', 'escapes_root');
  return {
    server: side.files(root),
    policy: {
      servers: { files: { ...behindRecorder(''), filesystem: { enabled: true } } },
      paths: { root },
    },
    steps: [
      read(join(root, 'reports', '100%..draft.txt')),
      read(`${root}/reports/../../secret.txt`, escape),
      read(`${root}/%2e%2e/secret.txt`, escape),
      read(`${root}/%252e%252e%252fsecret.txt`, escape),
      read(`${root}\\..\\..\\secret.txt`, escape),
      read('/etc/passwd', escape),
    ],
  };
};

/** Ten users at once, a hundred calls each; two of them may not. */
const manyContexts: MakeCase = ({ echo, textArgument }) => {
  const users = Array.from({ length: 10 }, (_, user) => `user-${user}`);
  const denied = access('tool_allowlist', 'denied_by_rule', 'not-these');
  const callsOf = (user: string, tenant: string): ExpectedStep[] =>
    Array.from({ length: 100 }, (_, call) => ({
      call: 'echo',
      arguments: { [textArgument]: `${user} ${call}` },
      as: { userId: user, tenantId: tenant },
      ...(user === 'user-3' || user === 'user-7' ? { denied } : {}),
    }));
  return {
    server: echo,
    policy: {
      identity: { required: true },
      rules: [{ id: 'not-these', deny: { user: ['user-3', 'user-7'] } }],
    },
    steps: [{ together: users.map((user, at) => callsOf(user, `tenant-${at % 3}`)) }],
  };
};

export const NINE: Readonly<Record<string, MakeCase>> = {
  'tool allowlist': toolAllowlist,
  'isolation of tenants': tenants,
  'path traversal': paths,
  budget,
  content,
  'size of the input': inputSize,
  'user id required': userRequired,
  'many contexts at once': manyContexts,
  'access to what is another’s': ownership,
};
