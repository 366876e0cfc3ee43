/** Acceptance rows TEL-10 (content capture) and TEL-11 (outer `execute_tool` spans). */
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'node:test';

import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';

import type { McpInstrumentationConfig } from '../../src/index';
import { startAgent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';

const CAPTURE = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
const EXECUTE_TOOL = 'OTEL_MCP_EXECUTE_TOOL';

const agent = startAgent();
let pair: v1.Pair;
before(async () => {
  pair = await v1.connectPair();
});
beforeEach(() => agent.reset());
afterEach(() => {
  delete process.env[CAPTURE];
  delete process.env[EXECUTE_TOOL];
  agent.instrumentation.setConfig({ captureContent: false, enrichExecuteTool: false });
});

const ARGUMENTS = { text: 'secret word', list: [1, { two: true }] };

/** The content that the spans of one call show. */
async function captured(kind: 'CLIENT' | 'SERVER', tool = 'echo'): Promise<Attributes> {
  await pair.client.callTool({ name: tool, arguments: ARGUMENTS }).catch(() => {});
  const { attributes } = agent.span(`tools/call ${tool}`, kind);
  return Object.fromEntries(
    Object.entries(attributes).filter(([key]) => key.startsWith('gen_ai.tool.call.')),
  );
}

const SHOWN = {
  'gen_ai.tool.call.arguments': JSON.stringify(ARGUMENTS),
  'gen_ai.tool.call.result': '{"content":[{"type":"text","text":"secret word"}]}',
};

describe('TEL-10: content capture', () => {
  it('off by default: no argument and no result anywhere in what is emitted', async () => {
    assert.deepEqual(await captured('CLIENT'), {});
    await pair.client.getPrompt({ name: 'greet', arguments: { who: 'secret word' } });
    assert.doesNotMatch(JSON.stringify([agent.spans(), agent.logs(), await agent.collect()]), /secret word/);
  });

  for (const value of ['true', '1', 'SPAN_ONLY', 'SPAN_AND_EVENT']) {
    it(`${value}: arguments and result as JSON strings, on either side`, async () => {
      process.env[CAPTURE] = value;
      agent.instrumentation.setConfig({});
      assert.deepEqual(await captured('CLIENT'), SHOWN);
      await agent.reset();
      assert.deepEqual(await captured('SERVER'), SHOWN);
    });
  }

  for (const value of ['false', '0', 'TRUE', 'yes', 'NO_CONTENT', 'EVENT_ONLY', 'span_only']) {
    it(`${value}: off`, async () => {
      process.env[CAPTURE] = value;
      agent.instrumentation.setConfig({});
      assert.deepEqual(await captured('CLIENT'), {});
    });
  }

  it('the option switches it on; the variable overrules the option', async () => {
    agent.instrumentation.setConfig({ captureContent: true });
    assert.deepEqual(await captured('CLIENT'), SHOWN);
    await agent.reset();
    process.env[CAPTURE] = 'NO_CONTENT';
    agent.instrumentation.setConfig({ captureContent: true });
    assert.deepEqual(await captured('CLIENT'), {});
  });

  it('a result only when the call succeeded', async () => {
    agent.instrumentation.setConfig({ captureContent: true });
    assert.deepEqual(Object.keys(await captured('CLIENT', 'fail')), ['gen_ai.tool.call.arguments']);
    assert.deepEqual(Object.keys(await captured('CLIENT', 'throw')), ['gen_ai.tool.call.arguments']);
    assert.deepEqual(Object.keys(await captured('SERVER', 'structured')).length, 2);
  });

  it('prompt variables, one attribute each, as strings', async () => {
    agent.instrumentation.setConfig({ captureContent: true });
    await pair.client.getPrompt({ name: 'greet', arguments: { who: 'me', how: 'kindly' } });
    for (const kind of ['CLIENT', 'SERVER'] as const) {
      const { attributes } = agent.span('prompts/get greet', kind);
      assert.equal(attributes['gen_ai.prompt.variable.who'], 'me');
      assert.equal(attributes['gen_ai.prompt.variable.how'], 'kindly');
    }
  });

  it('arguments that are no JSON harm nobody', async () => {
    agent.instrumentation.setConfig({ captureContent: true });
    const cyclic: Record<string, unknown> = { text: 'x' };
    cyclic['self'] = cyclic;
    const result = await pair.client.callTool({ name: 'echo', arguments: cyclic });
    assert.equal((result.content as { text: string }[])[0]?.text, 'x');
    assert.equal(agent.span('tools/call echo', 'CLIENT').attributes['gen_ai.tool.call.arguments'], undefined);
  });

  it('arguments are shown without the trace context that a framework put among them', async () => {
    agent.instrumentation.setConfig({ captureContent: true });
    const _meta = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'x=1' };
    await pair.client.callTool({ name: 'echo', arguments: { text: 'x', _meta } });
    for (const kind of ['CLIENT', 'SERVER'] as const) {
      const { attributes } = agent.span('tools/call echo', kind);
      assert.equal(attributes['gen_ai.tool.call.arguments'], '{"text":"x"}');
    }
  });

  it('metrics never carry content', async () => {
    agent.instrumentation.setConfig({ captureContent: true });
    await captured('CLIENT');
    assert.doesNotMatch(JSON.stringify(await agent.collect()), /secret word/);
  });
});

/** Calls `echo` inside an outer span of a GenAI instrumentation. */
async function callInside(
  attributes: Attributes,
  config: McpInstrumentationConfig,
  name = 'execute_tool echo',
): Promise<void> {
  agent.instrumentation.setConfig(config);
  await trace.getTracer('genai').startActiveSpan(name, { attributes }, async (outer) => {
    await pair.client.callTool({ name: 'echo', arguments: { text: 'x' } });
    outer.end();
  });
}

const OUTER = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'echo' };
const ENRICH = { enrichExecuteTool: true };

/** The call has a span of its own, below the outer one. */
function assertChild(): void {
  const outer = agent.span('execute_tool echo');
  const inner = agent.span('tools/call echo', 'CLIENT');
  assert.deepEqual([inner.traceId, inner.parentId], [outer.traceId, outer.spanId]);
  assert.equal(outer.attributes['mcp.method.name'], undefined);
  assert.equal(agent.span('tools/call echo', 'SERVER').parentId, inner.spanId);
}

async function assertMeasuredOnce(): Promise<void> {
  const points = await agent.collect();
  for (const name of ['mcp.client.operation.duration', 'mcp.tool.calls', 'mcp.tool.call.duration.seconds']) {
    const found = points.filter((point) => point.name === name);
    assert.deepEqual(
      found.map(({ value, histogram }) => histogram?.count ?? value),
      [1],
      name,
    );
  }
}

describe('TEL-11: inside an outer execute_tool span', () => {
  it('by default a child span, also when the tool is the same', async () => {
    await callInside(OUTER, {});
    assertChild();
    await assertMeasuredOnce();
  });

  for (const [how, attributes] of [
    ['of the same tool', OUTER],
    ['that names no tool', { 'gen_ai.operation.name': 'execute_tool' }],
    ['that has but a name so far', {}],
  ] as const) {
    it(`enrich, outer span ${how}: no span of its own, the outer one is described and propagated`, async () => {
      await callInside(attributes, ENRICH);
      const clients = agent.spans().filter(({ kind }) => kind === 'CLIENT');
      assert.deepEqual(clients, []);
      const outer = agent.span('execute_tool echo');
      assert.equal(outer.attributes['mcp.method.name'], 'tools/call');
      assert.equal(outer.attributes['gen_ai.tool.name'], 'echo');
      assert.match(String(outer.attributes['jsonrpc.request.id']), /^\d+$/);
      assert.equal(agent.span('tools/call echo', 'SERVER').parentId, outer.spanId);
      await assertMeasuredOnce();
    });
  }

  it('enrich: the outer span is ended by its owner, not by us', async () => {
    agent.instrumentation.setConfig(ENRICH);
    await trace
      .getTracer('genai')
      .startActiveSpan('execute_tool echo', { attributes: OUTER }, async (outer) => {
        await pair.client.callTool({ name: 'echo', arguments: { text: 'x' } });
        assert.equal(outer.isRecording(), true);
        assert.deepEqual(
          agent.spans().filter(({ kind }) => kind === 'INTERNAL'),
          [],
        );
        outer.setStatus({ code: SpanStatusCode.OK });
        outer.end();
      });
    assert.equal(agent.span('execute_tool echo').status, 'OK');
  });

  it('enrich, outer span of another tool: a child span', async () => {
    await callInside({ ...OUTER, 'gen_ai.tool.name': 'dispatcher' }, ENRICH);
    assertChild();
    await assertMeasuredOnce();
  });

  for (const name of ['execute_tool dispatcher', 'execute_toolbox echo', 'echo']) {
    it(`enrich, outer span that has but the name '${name}': a child span`, async () => {
      await callInside({}, ENRICH, name);
      const inner = agent.span('tools/call echo', 'CLIENT');
      assert.equal(inner.parentId, agent.span(name).spanId);
    });
  }

  it('enrich, outer span of another operation: a child span', async () => {
    await callInside({ 'gen_ai.operation.name': 'chat' }, ENRICH);
    assertChild();
  });

  it('enrich, several calls of other methods: children', async () => {
    agent.instrumentation.setConfig(ENRICH);
    await trace
      .getTracer('genai')
      .startActiveSpan('execute_tool echo', { attributes: OUTER }, async (outer) => {
        await pair.client.listTools();
        outer.end();
      });
    assert.equal(agent.span('tools/list', 'CLIENT').parentId, agent.span('execute_tool echo').spanId);
  });

  it('the variable OTEL_MCP_EXECUTE_TOOL=enrich switches it on', async () => {
    process.env[EXECUTE_TOOL] = 'enrich';
    await callInside(OUTER, {});
    assert.equal(agent.span('execute_tool echo').attributes['mcp.method.name'], 'tools/call');
  });

  it('enrich: a failure is told on the outer span', async () => {
    agent.instrumentation.setConfig(ENRICH);
    const attributes = { ...OUTER, 'gen_ai.tool.name': 'fail' };
    await trace.getTracer('genai').startActiveSpan('execute_tool fail', { attributes }, async (outer) => {
      await pair.client.callTool({ name: 'fail' });
      outer.end();
    });
    const outer = agent.span('execute_tool fail');
    assert.deepEqual([outer.status, outer.attributes['error.type']], ['ERROR', 'tool_error']);
  });
});
