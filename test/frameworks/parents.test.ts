/**
 * Frameworks that make OpenTelemetry spans of their own, under an SDK that the agent registers: our spans are below
 * theirs in one trace, or, with `OTEL_MCP_EXECUTE_TOOL=enrich`, theirs carry what ours would say.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkToolCalls, checkWire, traceparent } from '../support/check-spans';
import { node, otel, packages, programsIn, REPOSITORY, type OtelLine } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { expectExit, explain, runProgram } from '../support/run-program';
import { NEWEST_NODE, NODE_20 } from './row';

const PROGRAMS = 'test/frameworks/programs';
const NAME = 'opentelemetry-instrumentation-mcp';
const ERRORS = { echo: undefined, fail: 'tool_error', broken: '-32603' } as const;
const TOOLS = Object.keys(ERRORS) as (keyof typeof ERRORS)[];

interface Framework {
  packages: readonly string[];
  program: string;
  /** Default: the newest, with the newest OpenTelemetry. */
  node?: string;
  otel?: OtelLine;
  args?: readonly string[];
  /** Name of the framework's span around the call of a tool. */
  outer: (tool: string) => string;
  /** Name of the framework's root span. */
  root: string;
}

const executeTool = (tool: string): string => `execute_tool ${tool}`;
const AI_SDK = { program: 'ai-agent', outer: () => 'ai.toolCall', root: 'ai.generateText' } as const;
const ADK = {
  packages: ['@google/adk@2.0.0', '@modelcontextprotocol/sdk@1.32.2'],
  program: 'google-adk',
  outer: executeTool,
  root: 'invocation',
} as const;

const FRAMEWORKS: readonly Framework[] = [
  ADK,
  { ...ADK, node: NODE_20, otel: '2.x' },
  {
    packages: ['@strands-agents/sdk@1.19.0', '@modelcontextprotocol/sdk@1.32.2'],
    program: 'strands-agents-sdk',
    outer: executeTool,
    root: 'invoke_agent Strands Agent',
  },
  {
    packages: ['ai@7.0.173', '@ai-sdk/mcp@2.0.99', '@ai-sdk/otel@1.0.173', 'zod@4.6.7'],
    program: 'ai-agent-7',
    outer: executeTool,
    root: 'invoke_agent mock-model-id',
  },
  { ...AI_SDK, packages: ['ai@6.0.326', '@ai-sdk/mcp@1.0.101', 'zod@4.6.7'] },
  { ...AI_SDK, packages: ['ai@5.0.277', '@ai-sdk/mcp@0.0.23', 'zod@4.6.7'] },
  { ...AI_SDK, packages: ['ai@4.3.19', 'zod@3.25.76', 'react@19.2.0'], program: 'ai-agent-4' },
  {
    packages: ['@genkit-ai/mcp@1.42.0', 'genkit@1.42.0', '@modelcontextprotocol/sdk@1.32.2'],
    program: 'genkit-ai-mcp',
    outer: (tool) => `recorder/${tool}`,
    root: 'generate',
  },
  {
    packages: [
      '@mastra/core@1.71.0',
      '@mastra/mcp@2.0.0',
      '@mastra/observability@1.17.9',
      '@mastra/otel-bridge@1.5.4',
      'zod@4.4.3',
    ],
    program: 'mastra-agent',
    // The server's name is part of the tool's in Mastra: its span is of another tool, as far as the conventions go.
    outer: (tool) => `execute_tool recorder_${tool}`,
    root: 'invoke_agent assistant',
  },
];

interface Message {
  method?: string;
  params?: { name?: string; arguments?: { _meta?: Meta }; _meta?: Meta };
}
type Meta = Partial<Record<'traceparent' | 'tracestate' | 'baggage', string>>;

interface Seen {
  receiver: OtlpReceiver;
  /** What the server received. */
  messages: Message[];
}

/** Runs the program preloaded; `env` and, unless `isBare`, the agent's OpenTelemetry come on top. */
async function run(framework: Framework, env: Record<string, string>, isBare = false): Promise<Seen> {
  const version = framework.node ?? NEWEST_NODE;
  const folder = await packages(framework.packages, version);
  const program = join(await programsIn(folder, PROGRAMS), `${framework.program}.mjs`);
  const sdk = join(await programsIn(await otel(framework.otel ?? '3.x'), PROGRAMS), 'own-otel.cjs');
  const record = join(tmpdir(), `mcp-parents-${randomUUID()}.jsonl`);
  const receiver = await startOtlpReceiver();
  try {
    const result = await runProgram(program, {
      node: await node(version),
      preload: 'require',
      nodeArgs: isBare ? [] : ['--require', sdk],
      args: [join(REPOSITORY, 'test/frameworks/server.cjs'), record, ...(framework.args ?? [])],
      env: { ...receiver.env('http/protobuf'), ...env },
      cwd: folder,
      timeoutMs: 60_000,
    });
    expectExit(result);
    assert.ok(existsSync(record), `the server was not reached: ${explain(result)}`);
    const lines = readFileSync(record, 'utf8').split('\n').filter(Boolean);
    return { receiver, messages: lines.map((line) => JSON.parse(line) as Message) };
  } finally {
    rmSync(record, { force: true });
    await receiver.close();
  }
}

const isOurs = ({ scope }: ReceivedSpan): boolean => scope.name === NAME;

/** The one span of this name, of ours or of the framework's. */
function only({ receiver }: Seen, name: string, ours: boolean): ReceivedSpan {
  const found = receiver.named(name).filter((span) => isOurs(span) === ours);
  assert.equal(found.length, 1, `${found.length} spans are called '${name}'`);
  return found[0]!;
}

function parentOf({ receiver }: Seen, span: ReceivedSpan): ReceivedSpan | undefined {
  return receiver.spans.find(({ spanId }) => spanId === span.parentSpanId);
}

function rootOf(seen: Seen, span: ReceivedSpan): ReceivedSpan {
  const parent = parentOf(seen, span);
  return parent === undefined ? span : rootOf(seen, parent);
}

const callOf = ({ messages }: Seen, tool: string): Message | undefined =>
  messages.find(({ method, params }) => method === 'tools/call' && params?.name === tool);

function assertCountedOnce({ receiver }: Seen): void {
  assert.deepEqual(checkToolCalls(receiver, { success: 1, error: 2 }), []);
  const calls = receiver
    .metric('mcp.client.operation.duration')
    .filter(({ attributes }) => attributes['mcp.method.name'] === 'tools/call');
  assert.deepEqual(
    calls.map(({ attributes, count }) => [attributes['gen_ai.tool.name'], attributes['error.type'], count]),
    TOOLS.map((tool) => [tool, ERRORS[tool], 1]),
  );
}

for (const framework of FRAMEWORKS) {
  const { outer, root } = framework;
  const title = `${framework.packages[0]}, Node ${framework.node ?? NEWEST_NODE}`;
  describe(title, () => {
    it('our spans are children of the framework’s, in its trace', async () => {
      const seen = await run(framework, { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' });
      for (const tool of TOOLS) {
        const ours = only(seen, `tools/call ${tool}`, true);
        const parent = parentOf(seen, ours);
        assert.equal(parent?.name, outer(tool));
        assert.equal(parent?.traceId, ours.traceId);
        assert.equal(rootOf(seen, ours).name, root);
        assert.equal(ours.attributes['error.type'], ERRORS[tool]);
        const { arguments: given = {} } = callOf(seen, tool)?.params ?? {};
        // What Strands writes there itself is no argument.
        const { _meta: theirs, ...others } = given;
        assert.equal(ours.attributes['gen_ai.tool.call.arguments'], JSON.stringify(others));
        if (theirs !== undefined) assert.equal(theirs.traceparent, parent && traceparent(parent));
      }
      assert.deepEqual(checkWire(seen.receiver, seen.messages), []);
      assertCountedOnce(seen);
    });

    const isExecuteTool = outer === executeTool;
    const what = isExecuteTool
      ? 'the framework’s spans say it all'
      : 'there is no such span of that tool, so nothing changes';
    it(`OTEL_MCP_EXECUTE_TOOL=enrich: ${what}`, async () => {
      const seen = await run(framework, { OTEL_MCP_EXECUTE_TOOL: 'enrich' });
      for (const tool of TOOLS) {
        const name = isExecuteTool ? outer(tool) : `tools/call ${tool}`;
        const { attributes, ...span } = only(seen, name, !isExecuteTool);
        const told = ['mcp.method.name', 'gen_ai.operation.name', 'gen_ai.tool.name', 'network.transport'];
        assert.deepEqual(
          [...told, 'error.type'].map((key) => attributes[key]),
          ['tools/call', 'execute_tool', tool, 'pipe', ERRORS[tool]],
        );
        assert.match(attributes['jsonrpc.request.id'] as string, /^\d+$/);
        assert.equal(callOf(seen, tool)?.params?._meta?.traceparent, traceparent(span));
      }
      const calls = seen.receiver.spans.filter(({ name }) => name.startsWith('tools/call'));
      assert.equal(calls.length, isExecuteTool ? 0 : TOOLS.length);
      assertCountedOnce(seen);
    });
  });
}

describe('@mastra/mcp@2.0.0, whose program brings a trace context of its own', () => {
  const framework: Framework = {
    packages: ['@mastra/mcp@2.0.0', '@mastra/core@1.71.0', 'zod@4.4.3'],
    program: 'mastra-mcp',
    args: ['traced'],
    outer: () => '',
    root: '',
  };
  const THEIRS = '5ca1ab1e'.repeat(4);

  it('it goes on through our spans to the server, with its trace state and baggage', async () => {
    const seen = await run(framework, {}, true);
    for (const tool of TOOLS) {
      const ours = only(seen, `tools/call ${tool}`, true);
      assert.deepEqual([ours.traceId, ours.parentSpanId], [THEIRS, '5eed'.repeat(4)]);
      const { traceparent: sent, tracestate, baggage } = callOf(seen, tool)?.params?._meta ?? {};
      assert.deepEqual([sent, tracestate, baggage], [traceparent(ours), 'theirs=1', 'team=blue']);
    }
    assertCountedOnce(seen);
  });
});
