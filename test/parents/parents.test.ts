/**
 * Agents whose framework makes OpenTelemetry spans: ours are their children, in one trace, and the server is told so.
 * With `OTEL_MCP_EXECUTE_TOOL=enrich` a tool call has no span of ours where the framework's is for the same tool.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { NEWEST_NODE, type Row } from '../frameworks/row';
import { row as adk } from '../frameworks/rows/google-adk';
import { row as genkit } from '../frameworks/rows/genkit-ai-mcp';
import { row as strands } from '../frameworks/rows/strands-agents-sdk';
import { node, otel, packages, programsIn, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { expectExit, runProgram } from '../support/run-program';
import { describeSpan, isMcp, traceTrees, tree } from '../support/trace-trees';

const SERVER = join(REPOSITORY, 'test/frameworks/server.cjs');
const cannotRun =
  (process.platform !== 'linux' || process.arch !== 'x64') && 'another Node is fetched for Linux on x64';
const PROGRAMS = 'test/parents/programs';

type Tool = 'broken' | 'echo' | 'fail';
const TOOLS: readonly Tool[] = ['broken', 'echo', 'fail'];
const ERRORS: Record<Tool, string> = { broken: ' -32603', echo: '', fail: ' tool_error' };

interface Framework {
  name: string;
  packages: readonly string[];
  programs: string;
  program: string;
  /** Name of the run's span. */
  root: string;
  /** The tools that each run calls; default all in one. */
  runs?: readonly (readonly Tool[])[];
  /** Name of the framework's span around a call of this tool. */
  outer: (tool: Tool) => string;
  /** Whether that span is, by the conventions, about the very tool that we call. */
  isSameTool: boolean;
}

const packagesOf = (row: Row): readonly string[] =>
  row.versions.find(({ nodes }) => nodes.includes(NEWEST_NODE))?.packages ?? [];
const ofRow = (row: Row, program: string) =>
  ({ name: row.package, packages: packagesOf(row), programs: 'test/frameworks/programs', program }) as const;

const FRAMEWORKS: Framework[] = [
  {
    ...ofRow(adk, 'google-adk.mjs'),
    root: 'invocation',
    outer: (tool) => `execute_tool ${tool}`,
    isSameTool: true,
  },
  {
    ...ofRow(strands, 'strands-agents-sdk.mjs'),
    root: 'invoke_agent Strands Agent',
    outer: (tool) => `execute_tool ${tool}`,
    isSameTool: true,
  },
  {
    ...ofRow(genkit, 'genkit-ai-mcp.mjs'),
    root: 'generate',
    runs: [['echo', 'fail'], ['broken']],
    outer: (tool) => `recorder/${tool}`,
    isSameTool: false,
  },
  {
    name: 'ai',
    packages: ['ai@7.0.173', '@ai-sdk/mcp@2.0.99', '@ai-sdk/otel@1.0.173', 'zod@4.6.7'],
    programs: PROGRAMS,
    program: 'ai-agent.mjs',
    root: 'invoke_agent mock-model-id',
    outer: (tool) => `execute_tool ${tool}`,
    isSameTool: true,
  },
  {
    name: '@mastra/core',
    packages: [
      '@mastra/core@1.71.0',
      '@mastra/mcp@2.0.0',
      '@mastra/observability@1.17.9',
      '@mastra/otel-bridge@1.5.4',
      'zod@4.4.3',
    ],
    programs: PROGRAMS,
    program: 'mastra-agent.mjs',
    root: 'invoke_agent assistant',
    // Mastra's tools have their server's name before their own: another tool, as far as the conventions go.
    outer: (tool) => `execute_tool recorder_${tool}`,
    isSameTool: false,
  },
];

type Mode = 'child' | 'enrich';

/** What the trees must be: the run, the framework's span for each call, and our own below it or on it. */
function expected({ root, runs = [TOOLS], outer, isSameTool }: Framework, mode: Mode): string[] {
  const call = (tool: Tool): string =>
    mode === 'enrich' && isSameTool
      ? `${outer(tool)}${ERRORS[tool]}`
      : tree(outer(tool), `CLIENT tools/call ${tool}${ERRORS[tool]}`);
  return runs.map((tools) => tree(root, ...tools.map(call))).toSorted();
}

/** The error of a framework's span is shown where we have described the call on it. */
function seen({ root, outer, isSameTool }: Framework, mode: Mode, spans: ReceivedSpan[]): string[] {
  const outers = new Set(TOOLS.map(outer));
  return traceTrees(spans, (span) => {
    if (isMcp(span)) return methodOf(span) === 'tools/call' ? describeSpan(span) : undefined;
    if (outers.has(span.name))
      return mode === 'enrich' && isSameTool ? describeSpan(span).replace(/^\w+ /, '') : span.name;
    return span.name === root && span.parentSpanId === '' ? root : undefined;
  });
}

const methodOf = ({ attributes }: ReceivedSpan): unknown => attributes['mcp.method.name'];

/** Span that the server was told of, for each tool that was called. */
function toldOf(record: string): Map<string, string> {
  const messages = readFileSync(record, 'utf8').split('\n').filter(Boolean);
  const calls = messages.map((line) => JSON.parse(line) as RecordedMessage).filter(isToolCall);
  return new Map(calls.map(({ params }) => [params.name, params._meta.traceparent]));
}

interface RecordedMessage {
  method?: string;
  params: { name: string; _meta: { traceparent: string } };
}
const isToolCall = ({ method }: RecordedMessage): boolean => method === 'tools/call';

async function start(framework: Framework, env: Record<string, string>, record: string): Promise<void> {
  const folder = await packages(framework.packages, NEWEST_NODE);
  const program = join(await programsIn(folder, framework.programs), framework.program);
  const telemetry = join(await programsIn(await otel('2.x'), PROGRAMS), 'node-sdk.mjs');
  expectExit(
    await runProgram(program, {
      node: await node(NEWEST_NODE),
      preload: 'require',
      nodeArgs: ['--import', pathToFileURL(telemetry).href],
      args: [SERVER, record],
      env,
      timeoutMs: 60_000,
    }),
  );
}

for (const framework of FRAMEWORKS) {
  describe(framework.name, { skip: cannotRun }, () => {
    for (const mode of ['child', 'enrich'] as const) {
      test(`OTEL_MCP_EXECUTE_TOOL=${mode}`, async () => {
        const receiver = await startOtlpReceiver();
        const record = join(tmpdir(), `mcp-parents-${randomUUID()}.jsonl`);
        try {
          await start(framework, { ...receiver.env(), OTEL_MCP_EXECUTE_TOOL: mode }, record);
          assert.deepEqual(seen(framework, mode, receiver.spans), expected(framework, mode));

          const told = toldOf(record);
          assert.deepEqual([...told.keys()].toSorted(), TOOLS);
          for (const [tool, traceparent] of told) {
            const described = receiver.spans.filter(
              (span) => methodOf(span) === 'tools/call' && span.attributes['gen_ai.tool.name'] === tool,
            );
            assert.deepEqual(
              described.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
              [traceparent],
            );
          }
        } finally {
          rmSync(record, { force: true });
          await receiver.close();
        }
      });
    }
  });
}
