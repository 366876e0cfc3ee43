/**
 * The whole agents of `examples/`, each started as the README says and once without us: one trace from the run's root
 * span to the server's spans, every call as it ended, and the same output.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { blocksOf } from '../readme/blocks';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { expectExit, runProgram } from '../support/run-program';
import { Clone } from './clone';
import { describeSpan, isMcp, traceTrees, tree } from '../support/trace-trees';

/** A message from the agent to the server, with both of its sides. */
const sent = (message: string, error = ''): string =>
  tree(`CLIENT ${message}${error}`, `SERVER ${message}${error}`);

const CONNECTION = [sent('initialize'), sent('notifications/initialized'), sent('tools/list')];
const NOTES_CALLS = [
  sent('tools/call list_directory'),
  sent('tools/call read_text_file'),
  sent('tools/call read_text_file', ' tool_error'),
];

interface Agent {
  /** The folder in `examples/`. */
  name: string;
  /** Spans of the agent or its framework that are in the trees, the run's root first. */
  shown: string[];
  traces: string[];
  /** `tool status` of each call. */
  calls: string[];
}

const NOTES_METRICS = ['list_directory success', 'read_text_file error', 'read_text_file success'];
const RUN = 'invoke_agent notes-agent';
const TOOL_STEP = 'workflow.executionWorkflow.step.toolCallStep';

const AGENTS: Agent[] = [
  {
    name: 'langchain',
    shown: [RUN],
    traces: [tree(`INTERNAL ${RUN}`, ...CONNECTION, ...NOTES_CALLS)],
    calls: NOTES_METRICS,
  },
  {
    name: 'openai-agents',
    shown: [RUN],
    // Its client asks for the newest protocol first, and for the tools before each question to the model.
    traces: [
      tree(
        `INTERNAL ${RUN}`,
        tree('CLIENT server/discover -32601', 'SERVER server/discover'),
        ...CONNECTION,
        ...NOTES_CALLS,
        sent('tools/list'),
        sent('tools/list'),
      ),
    ],
    calls: NOTES_METRICS,
  },
  {
    name: 'ai-sdk',
    shown: ['ai.generateText', 'ai.toolCall'],
    // It connects before the run: traces of their own, as the run's is the AI SDK's.
    traces: [
      ...CONNECTION,
      tree(
        'INTERNAL ai.generateText',
        tree('INTERNAL ai.toolCall', sent('tools/call echo')),
        tree('INTERNAL ai.toolCall', sent('tools/call get-sum')),
        tree('INTERNAL ai.toolCall', sent('tools/call get-sum', ' tool_error')),
      ),
    ],
    calls: ['echo success', 'get-sum error', 'get-sum success'],
  },
  {
    name: 'mastra',
    shown: ['agent.generate', TOOL_STEP],
    traces: [
      ...CONNECTION,
      tree('INTERNAL agent.generate', ...NOTES_CALLS.map((call) => tree(`INTERNAL ${TOOL_STEP}`, call))),
    ],
    calls: NOTES_METRICS,
  },
];

const START = /^NODE_OPTIONS="([^"]+)" node (examples\/([\w-]+)\/agent\.mjs)$/;

interface Start {
  name: string;
  nodeOptions: string;
  program: string;
}

/** The README's start commands. */
function starts(): Start[] {
  const block = blocksOf(join(REPOSITORY, 'README.md')).find(({ name }) => name === 'frameworks');
  return (block?.text ?? '').split('\n').map((command) => {
    const [, nodeOptions = '', program = '', name = ''] = START.exec(command) ?? [];
    assert.notEqual(name, '', `not a start command: ${command}`);
    return { name, nodeOptions, program };
  });
}

test('the README has a start command for each agent', () => {
  assert.deepEqual(
    starts().map(({ name }) => name),
    AGENTS.map(({ name }) => name),
  );
});

/** The server says that its tools changed whenever it likes: no part of what the agent does. */
const isExpectable = ({ name }: ReceivedSpan): boolean => name !== 'notifications/tools/list_changed';

/** Each call as the guide's counter has it: `tool status`. */
function countedCalls(receiver: OtlpReceiver): string[] {
  return receiver
    .metric('mcp.tool.calls')
    .flatMap(({ attributes, value = 0 }) => {
      const call = `${attributes['tool_name'] as string} ${attributes['status'] as string}`;
      return Array.from({ length: value }, () => call);
    })
    .toSorted();
}

for (const { name, shown, traces, calls } of AGENTS) {
  describe(`examples/${name}`, () => {
    const clone = new Clone();
    let receiver: OtlpReceiver;
    before(async () => {
      receiver = await startOtlpReceiver();
      await clone.install(name);
    });
    after(async () => {
      clone.remove();
      await receiver?.close();
    });

    const trees = (): string[] =>
      traceTrees(receiver.spans.filter(isExpectable), (span) =>
        isMcp(span) || shown.includes(span.name) ? describeSpan(span) : undefined,
      );
    const serverSpans = (): ReceivedSpan[] =>
      receiver.spans.filter((span) => span.kind === 'SERVER' && isExpectable(span));

    async function run({ nodeOptions }: { nodeOptions?: string } = {}): Promise<string> {
      const { program = '' } = starts().find((start) => start.name === name) ?? {};
      const env = { ...receiver.env(), NODE_OPTIONS: nodeOptions };
      return expectExit(await runProgram(program, { cwd: clone.folder, env, timeoutMs: 60_000 })).stdout;
    }

    test('is traced from its root span to the server, and says the same as without us', async () => {
      const bare = await run();
      assert.match(bare, /Lisbon|42/, 'it answers from what its tools said');
      assert.deepEqual(
        receiver.spans.filter(isMcp).map((span) => span.name),
        [],
      );
      assert.ok(receiver.spans.some((span) => span.name === shown[0]));

      receiver.clear();
      const traced = await run(starts().find((start) => start.name === name));
      // The server sends its spans when it ends, which the agent need not wait for.
      const received = traces.join('\n').split('SERVER ').length - 1;
      await receiver.waitFor(() => serverSpans().length >= received);
      assert.deepEqual(trees(), traces.toSorted());
      assert.equal(traced, bare);

      const agentProcess = receiver.spans.find((span) => span.name === shown[0])?.resource['process.pid'];
      assert.equal(typeof agentProcess, 'number');
      for (const span of serverSpans()) assert.notEqual(span.resource['process.pid'], agentProcess);

      assert.deepEqual(countedCalls(receiver), calls);
    });
  });
}
