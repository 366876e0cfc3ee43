/** Agents that know nothing of us, of every SDK: what a policy does to them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';

import { isV2, node as nodeBinary, packages, programsIn, project } from '../../support/installs';
import { startProgram, type Preload } from '../../support/run-program';
import { PROGRAMS } from './nine-cases';
import {
  callsTo,
  node,
  requestsTo,
  runGuarded,
  type Agent,
  type GuardedRun,
  type Policy,
  type ServerEntry,
  type Step,
} from './guarded-run';

export interface AgentCell {
  /** Version of the MCP SDK; or package and version of the AI SDK's own client. */
  readonly sdk: string;
  readonly module: 'cjs' | 'esm';
  readonly transport: 'stdio' | 'http';
  /** Of a v2 client. */
  readonly era?: 'legacy' | 'auto';
  /** Version of Node, where it is not the running one. */
  readonly node?: string;
}

export const title = ({ sdk, module, transport, era }: AgentCell): string =>
  `${isAiSdk(sdk) ? '' : 'SDK '}${sdk}, ${module}, ${transport}${era === undefined ? '' : `, ${era}`}`;

const isAiSdk = (sdk: string): boolean => /^\D/.test(sdk);

const EXTENSION = { cjs: 'cjs', esm: 'mjs' } as const;

/** @param installed - our package is in the agent's `node_modules`, packed as it is published */
async function agentOf(cell: AgentCell, installed: boolean): Promise<{ agent: Agent; programs: string }> {
  const { sdk, module, era } = cell;
  const flag = module === 'cjs' ? 'require' : 'import';
  const preload: Preload = installed ? `installed-${flag}` : flag;
  if (isAiSdk(sdk)) {
    const cwd = await packages([sdk], cell.node);
    const programs = await programsIn(cwd);
    const binary = cell.node === undefined ? undefined : await nodeBinary(cell.node);
    const env = { AI_SDK: sdk.replace(/@[^@]+$/, '') };
    const program = join(programs, 'scripted-agent-ai.mjs');
    const agent = { program, cwd, env, preload, ...(binary === undefined ? {} : { node: binary }) };
    // Its servers are those of the SDK in the repository.
    return { agent, programs: PROGRAMS };
  }
  const cwd = await project({ sdk, tarball: installed });
  const programs = await programsIn(cwd);
  const program = join(programs, `scripted-agent-v${isV2(sdk) ? 2 : 1}.${EXTENSION[module]}`);
  return { agent: { program, cwd, preload, env: { MCP_ERA: era } }, programs };
}

interface Servers {
  readonly servers: Readonly<Record<'main' | 'denied', ServerEntry>>;
  close(): Promise<void>;
}

async function startServers({ sdk, transport }: AgentCell, programs: string): Promise<Servers> {
  const major = isV2(sdk) ? 'v2' : 'v1';
  if (transport === 'stdio') {
    const entry = node(join(programs, `echo-server-${major}.cjs`));
    return { servers: { main: entry, denied: entry }, close: async () => undefined };
  }
  const running = startProgram(join(programs, `echo-http-server-${major}.cjs`));
  const origin = await new Promise<string>((resolve, reject) => {
    running.child.stdout.once('data', (text: string) => resolve(text.trim()));
    running.result.then(({ stderr }) => reject(new Error(`the server ended early: ${stderr}`)), reject);
  });
  return {
    servers: { main: { url: `${origin}/mcp` }, denied: { url: `${origin}/mcp` } },
    async close() {
      running.child.stdin.end();
      await running.result;
    },
  };
}

/** Denies the server `denied` by what is started, or by its URL. */
function denying(entry: ServerEntry | undefined): NonNullable<Policy['servers']> {
  assert.ok(entry);
  const match =
    'url' in entry
      ? { url: entry.url.replace(/\/mcp$/, '/*') }
      : { command: 'node', args: ['*tee.cjs', '*server-denied'] };
  return { denied: { match, action: 'deny' }, '*': { action: 'allow' } };
}

const policyFor =
  (denyAs: 'throw' | 'result') =>
  (servers: Readonly<Record<string, ServerEntry>>): Policy => ({
    mode: 'enforce',
    deny_as: denyAs,
    servers: denying(servers['denied']),
    rules: [
      { id: 'tools', allow: { server: '*', tool: 'echo' } },
      { id: 'resources', allow: { server: '*', resource: 'echo://greeting' } },
      { id: 'prompts', allow: { server: '*', prompt: 'greet' } },
    ],
  });

const TOOL_STEPS: readonly Step[] = [
  { call: 'echo', arguments: { text: 'hello' } },
  { call: 'whoami', arguments: { text: 'not this' } },
  { call: 'echo', arguments: { text: 'and again' } },
];
const OTHER_STEPS: readonly Step[] = [
  { read: 'echo://greeting' },
  { read: 'echo://secret' },
  { prompt: 'greet' },
  { prompt: 'other' },
];
const DENIED_SERVER: Step = { server: 'denied', call: 'echo', arguments: { text: 'to nobody' } };

const DENIED = ['McpGuardDeniedError', 'MCP_GUARD_DENIED', 'access_denied'];

function assertDenied({ thrown }: GuardedRun['outcomes'][number], guard: string, what: string): void {
  assert.deepEqual([thrown?.name, thrown?.code, thrown?.kind, thrown?.guard], [...DENIED, guard], what);
}

/** Runs the cell's agent under a policy that throws, and under one that answers. */
export async function checkAgent(cell: AgentCell, installed = false): Promise<void> {
  const { agent, programs } = await agentOf(cell, installed);
  const started = await startServers(cell, programs);
  try {
    const hasOthers = !isAiSdk(cell.sdk);
    const { servers } = started;
    const thrownSteps = [...TOOL_STEPS, ...(hasOthers ? OTHER_STEPS : []), DENIED_SERVER];
    const [thrown, answered] = await Promise.all([
      runGuarded({ agent, servers, steps: thrownSteps, policy: policyFor('throw') }),
      runGuarded({ agent, servers, steps: [...TOOL_STEPS, DENIED_SERVER], policy: policyFor('result') }),
    ]);
    const handshake = cell.era === 'auto' ? 'server/discover' : 'initialize';
    assertCommon(thrown, handshake);
    assertThrown(thrown, hasOthers);
    assertCommon(answered, handshake);
    assertAnswered(answered);
  } finally {
    await started.close();
  }
}

const ECHOED = [
  ['echo', { text: 'hello' }],
  ['echo', { text: 'and again' }],
];

/** @param handshake - what a connection begins with */
function assertCommon(run: GuardedRun, handshake: string): void {
  const { connected, outcomes, servers, audit } = run;
  assert.ok(connected['main']?.result !== undefined, JSON.stringify(connected));
  assert.equal(outcomes[0]?.result?.content?.[0]?.text, 'hello', JSON.stringify(outcomes[0]));
  assert.equal(outcomes[2]?.result?.content?.[0]?.text, 'and again');
  assert.deepEqual(callsTo(servers['main']), ECHOED, 'tool calls that came to the server');
  assertDenied(connected['denied'] ?? {}, 'server_allowlist', 'the denied server');
  assert.deepEqual([servers['denied']?.starts, servers['denied']?.requests], [0, 0], 'nothing came to it');
  const connecting = audit.filter(({ guard }) => guard === 'server_allowlist');
  assert.deepEqual(
    connecting.map(({ event, method, action, success }) => [event, method, action, success]),
    [['mcp_access_denied', handshake, 'blocked', false]],
    'the denied connection is one line',
  );
  const ids = new Set(audit.filter(({ method }) => method === 'tools/call').map(({ call_id }) => call_id));
  assert.equal(ids.size, TOOL_STEPS.length, 'every tool call is in the audit log');
  const spans = run.spans.filter(({ attributes }) => attributes['mcpguard.outcome'] === 'blocked');
  assert.ok(
    spans.some(({ name }) => name === 'tools/call whoami'),
    'the denied call is a span',
  );
  assert.ok(
    spans.some(({ name, kind }) => name === handshake && kind === 'CLIENT'),
    `the denied connection is a span ${handshake}`,
  );
}

function assertThrown(run: GuardedRun, hasOthers: boolean): void {
  assertDenied(run.outcomes[1] ?? {}, 'tool_allowlist', 'the denied tool');
  if (!hasOthers) return;
  const [read, secret, prompt, other] = run.outcomes.slice(TOOL_STEPS.length);
  assert.ok(read?.result && prompt?.result, JSON.stringify([read, prompt]));
  assertDenied(secret ?? {}, 'tool_allowlist', 'the denied resource');
  assertDenied(other ?? {}, 'tool_allowlist', 'the denied prompt');
  const { main } = run.servers;
  assert.ok(main);
  const arrived = ['resources/read', 'prompts/get'].flatMap((method) => requestsTo(main, method));
  assert.deepEqual(
    arrived.map(({ params }) => params?.['uri'] ?? params?.['name']),
    ['echo://greeting', 'greet'],
  );
}

function assertAnswered(run: GuardedRun): void {
  const { result, thrown } = run.outcomes[1] ?? {};
  assert.equal(thrown, undefined, JSON.stringify(thrown));
  assert.equal(result?.isError, true, JSON.stringify(result));
  assert.match(result.content?.[0]?.text ?? '', /^denied by guard tool_allowlist/);
}
