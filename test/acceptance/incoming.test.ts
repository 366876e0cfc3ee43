/**
 * What servers ask of an agent: a denied request never reaches the agent's handler and is answered in the protocol's own
 * way, on the wire and inside a result that asks for input.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { join } from 'node:path';

import { node as nodeBinary, packages, programsIn, REPOSITORY } from '../support/installs';
import { PROGRAMS } from './support/nine-cases';
import {
  node,
  runGuarded,
  type Agent,
  type GuardedRun,
  type Policy,
  type WireMessage,
} from './support/guarded-run';

const METHODS = {
  sample: 'sampling/createMessage',
  elicit: 'elicitation/create',
  roots: 'roots/list',
} as const;
type Tool = keyof typeof METHODS;
const TOOLS = Object.keys(METHODS) as Tool[];

/** What is answered to a denied request, and to one that the agent's handler answers. */
const REFUSED: Record<Tool, Pick<WireMessage, 'result' | 'error'>> = {
  sample: { error: { code: -1, message: 'denied by policy' } },
  elicit: { result: { action: 'decline' } },
  roots: { result: { roots: [] } },
};

interface Side {
  readonly name: string;
  readonly agent: () => Promise<Agent>;
  readonly server: 'v1' | 'v2';
  readonly tools: readonly Tool[];
  /** Requests come inside of results. */
  readonly embedded?: true;
}

const aiSdk = async (): Promise<Agent> => {
  const version = '26.10.0';
  const cwd = await packages(['@ai-sdk/mcp@2.0.99'], version);
  const program = join(await programsIn(cwd), 'scripted-agent-ai.mjs');
  return { program, cwd, node: await nodeBinary(version), env: { AI_SDK: '@ai-sdk/mcp' } };
};
const v2 = (era: string) => async (): Promise<Agent> => ({
  program: join(PROGRAMS, 'scripted-agent-v2.cjs'),
  env: { MCP_ERA: era },
});

const SIDES: readonly Side[] = [
  {
    name: 'SDK 1.32',
    agent: async () => ({ program: join(PROGRAMS, 'scripted-agent-v1.mjs'), preload: 'import' }),
    server: 'v1',
    tools: TOOLS,
  },
  { name: 'SDK 2.4, legacy', agent: v2('legacy'), server: 'v2', tools: TOOLS },
  { name: 'SDK 2.4, inside of results', agent: v2('auto'), server: 'v2', tools: TOOLS, embedded: true },
  { name: '@ai-sdk/mcp 2.x', agent: aiSdk, server: 'v1', tools: ['elicit'] },
  {
    name: '@ai-sdk/mcp 2.x, inside of results',
    agent: aiSdk,
    server: 'v2',
    tools: ['elicit'],
    embedded: true,
  },
];

const policyOf = (mode: 'enforce' | 'observe'): Policy => ({
  mode,
  rules: [{ id: 'ask-nothing', deny: { method: Object.values(METHODS) } }],
});

async function run({ agent, server, tools }: Side, mode: 'enforce' | 'observe'): Promise<GuardedRun> {
  const program = join(REPOSITORY, 'test/acceptance/programs/asking-server.cjs');
  return runGuarded({
    agent: await agent(),
    servers: { main: node(program, server) },
    steps: tools.map((call) => ({ call, arguments: {} })),
    handlers: true,
    policy: policyOf(mode),
  });
}

const lines = (of: readonly string[]): WireMessage[] => of.map((line) => JSON.parse(line) as WireMessage);

/** What the agent sent as answer to the server's request of `method`. */
function answerTo({ servers }: GuardedRun, method: string): Pick<WireMessage, 'result' | 'error'> {
  const asked = lines(servers['main']?.out ?? []).filter((message) => message.method === method);
  assert.equal(asked.length, 1, `${method} was asked once`);
  const answers = lines(servers['main']?.in ?? []).filter(
    ({ id, method: other }) => other === undefined && id === asked[0]?.id,
  );
  assert.equal(answers.length, 1, `${method} was answered once`);
  const { result, error } = answers[0] ?? {};
  return { ...(result === undefined ? {} : { result }), ...(error === undefined ? {} : { error }) };
}

/** What the tool was told: on the wire, or in the next round of its call. */
function embeddedAnswer({ outcomes }: GuardedRun, at: number): unknown {
  const { result, thrown } = outcomes[at] ?? {};
  if (thrown !== undefined) return { error: { code: thrown.code, message: thrown.message } };
  const { answered } = JSON.parse(result?.content?.[0]?.text ?? '{}') as { answered?: unknown };
  return { result: answered };
}

function assertRecorded({ audit, spans }: GuardedRun, method: string, mode: 'enforce' | 'observe'): void {
  const action = mode === 'enforce' ? 'blocked' : 'observed';
  const denials = audit.filter((line) => line.method === method && line.event === 'mcp_access_denied');
  assert.deepEqual(
    denials.map((line) => [line.action, line.guard, line.rule]),
    [[action, 'tool_allowlist', 'ask-nothing']],
  );
  const span = spans.find(({ name, kind }) => kind === 'SERVER' && name === method);
  assert.ok(span, `a SERVER span of ${method}`);
  assert.equal(span.attributes['mcpguard.outcome'], action);
  assert.equal(span.attributes['error.type'], mode === 'enforce' ? 'access_denied' : undefined);
}

for (const side of SIDES) {
  describe(`requests of a server: ${side.name}`, () => {
    test('denied: answered in the protocol, and the handler never ran', async () => {
      const denied = await run(side, 'enforce');
      assert.deepEqual(denied.handled, []);
      for (const [at, tool] of side.tools.entries()) {
        const answer = side.embedded ? embeddedAnswer(denied, at) : answerTo(denied, METHODS[tool]);
        assert.deepEqual(answer, REFUSED[tool], tool);
        assertRecorded(denied, METHODS[tool], 'enforce');
      }
    });

    test('observed: the handler answers, and the decision says that it would not have', async () => {
      const observed = await run(side, 'observe');
      assert.deepEqual(
        observed.handled,
        side.tools.map((tool) => METHODS[tool]),
      );
      for (const [at, tool] of side.tools.entries()) {
        const text = observed.outcomes[at]?.result?.content?.[0]?.text ?? '';
        assert.match(text, /"answered":.*(sampled by|elicited from|of) the agent/, tool);
        assertRecorded(observed, METHODS[tool], 'observe');
      }
    });
  });
}
