/**
 * `maxRetries` of the AI SDK's client: one call, several requests. The client waits two seconds before it tries again,
 * so that all cases run at once.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { text as readText } from 'node:stream/consumers';

import { startAgent } from './support/agent';
import type { Span } from './support/agent';
import { AI_SDKS, aiSdk, callTool } from './support/ai-sdk';
import type { AiSdk } from './support/ai-sdk';
import { serve } from './support/http';
import type { Endpoint } from './support/http';

const agent = startAgent();

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly _meta?: { readonly traceparent?: string } };
}

/** What a request is answered: a status, or a JSON-RPC response without its id. */
type Answer = number | object;

const text = (value: string) => [{ type: 'text', text: value }];
const FINE = { result: { content: text('fine') } };
const NO_MORE = { error: { code: -32050, message: 'no more' } };
const FAILED = { result: { content: text('no'), isError: true } };
const HANDSHAKE = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: {} },
  serverInfo: { name: 'planned', version: '1' },
};

/** MCP over HTTP by hand: each tool is answered as planned, then with success. */
class PlannedServer {
  readonly plans = new Map<string, Answer[]>();
  private readonly calls: Message[] = [];
  private endpoint: Endpoint | undefined;

  get url(): string {
    return this.endpoint?.url.href ?? '';
  }

  async start(): Promise<void> {
    this.endpoint = await serve(async (request, response) => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      const message = JSON.parse(await readText(request)) as Message;
      if (message.id === undefined) return response.writeHead(202).end();
      const answer = this.answerTo(message);
      if (typeof answer === 'number') return response.writeHead(answer).end('refused');
      const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer });
      return response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
  }

  callsOf(tool: string): Message[] {
    return this.calls.filter(({ params }) => params?.name === tool);
  }

  private answerTo(message: Message): Answer {
    if (message.method === 'initialize') return { result: HANDSHAKE };
    if (message.method !== 'tools/call') return { error: { code: -32601, message: 'Method not found' } };
    this.calls.push(message);
    return this.plans.get(message.params?.name ?? '')?.shift() ?? FINE;
  }

  close(): Promise<void> | undefined {
    return this.endpoint?.close();
  }
}

interface Case {
  readonly maxRetries: number;
  readonly plan: readonly Answer[];
  /** The caller gives up after so many milliseconds. */
  readonly abortAfter?: number;
  /** What the caller gets: the text of the result, or the message of the error. */
  readonly outcome: RegExp;
  /** `error.type` of the call and of its further attempts, in order. */
  readonly type: string | undefined;
  readonly legs: readonly (string | undefined)[];
}

const CASES: Readonly<Record<string, Case>> = {
  '503 and then success': {
    maxRetries: 2,
    plan: [503],
    outcome: /^fine$/,
    type: undefined,
    legs: [undefined],
  },
  'all attempts fail': {
    maxRetries: 1,
    plan: [503, 502],
    outcome: /Failed after 2 attempts/,
    type: '502',
    legs: ['502'],
  },
  'the second attempt is answered with a JSON-RPC error': {
    maxRetries: 2,
    plan: [503, NO_MORE],
    outcome: /no more/,
    type: '-32050',
    legs: ['-32050'],
  },
  'the second attempt is answered with isError': {
    maxRetries: 2,
    plan: [500, FAILED],
    outcome: /^no$/,
    type: 'tool_error',
    legs: ['tool_error'],
  },
  'the second attempt is not to be repeated': {
    maxRetries: 2,
    plan: [503, 403],
    outcome: /HTTP 403/,
    type: '403',
    legs: ['403'],
  },
  'the first attempt is not to be repeated': {
    maxRetries: 2,
    plan: [404],
    outcome: /HTTP 404/,
    type: '404',
    legs: [],
  },
  'the caller aborts while the client waits for the next attempt': {
    maxRetries: 2,
    plan: [503],
    abortAfter: 100,
    outcome: /abort/i,
    type: 'cancelled',
    legs: [],
  },
  'without maxRetries': { maxRetries: 0, plan: [503], outcome: /HTTP 503/, type: '503', legs: [] },
};

const server = new PlannedServer();
after(() => server.close());

for (const name of AI_SDKS.filter((one) => one.startsWith('@ai-sdk/mcp'))) {
  describe(name, () => {
    const outcomes = new Map<string, string | undefined>();
    const toolOf = (title: string) => `${title} (${name})`;

    const run = async ({ createMCPClient }: AiSdk, title: string, wanted: Case) => {
      server.plans.set(toolOf(title), [...wanted.plan]);
      const { maxRetries } = wanted;
      const client = await createMCPClient({ transport: { type: 'http', url: server.url }, maxRetries });
      const abort = new AbortController();
      if (wanted.abortAfter !== undefined) setTimeout(() => abort.abort(), wanted.abortAfter);
      const outcome = await callTool(client, toolOf(title), {}, { signal: abort.signal }).then(
        (result) => result.content[0]?.text,
        (error: Error) => error.message,
      );
      outcomes.set(title, outcome);
      await client.close();
    };

    before(async () => {
      if (server.url === '') await server.start();
      const sdk = await aiSdk(name);
      await Promise.all(Object.entries(CASES).map(([title, wanted]) => run(sdk, title, wanted)));
    });

    const errorType = ({ attributes }: Span) => attributes['error.type'];
    const counts = async (metric: string, tool: string, label: string) => {
      const points = await agent.collect(metric);
      return points
        .filter(({ attributes }) => (attributes['tool_name'] ?? attributes['gen_ai.tool.name']) === tool)
        .map(({ attributes, value, histogram }) => [attributes[label], histogram?.count ?? value]);
    };

    for (const [title, { outcome, type, legs }] of Object.entries(CASES)) {
      const tool = toolOf(title);

      it(`${title}: one outer CLIENT span, every further attempt its child, each with its request`, () => {
        assert.match(outcomes.get(title) ?? '', outcome);
        const spans = agent.spans().filter((span) => span.name === `tools/call ${tool}`);
        const outer = spans.find(({ parentId }) => parentId === undefined);
        const children = spans.filter(({ parentId }) => parentId !== undefined);
        assert.ok(outer !== undefined);
        assert.deepEqual([errorType(outer), children.map(errorType)], [type, legs]);
        for (const leg of children) {
          assert.deepEqual([leg.parentId, leg.traceId], [outer.spanId, outer.traceId]);
          assert.ok(leg.duration <= outer.duration);
        }
        const ids = new Map(spans.map((span) => [span.attributes['jsonrpc.request.id'], span]));
        const calls = server.callsOf(tool);
        assert.equal(calls.length, spans.length, 'as many spans as the server saw requests');
        for (const { id, params } of calls) {
          const span = ids.get(String(id));
          assert.equal(params?._meta?.traceparent, `00-${span?.traceId}-${span?.spanId}-01`);
        }
        for (const span of spans.filter((one) => errorType(one) === '-32050')) {
          assert.deepEqual(
            [span.message, span.attributes['rpc.response.status_code']],
            ['no more', '-32050'],
          );
        }
      });

      it(`${title}: the guide counts one call, the convention every request`, async () => {
        const status = type === undefined ? 'success' : 'error';
        assert.deepEqual(await counts('mcp.tool.calls', tool, 'status'), [[status, 1]]);
        assert.deepEqual(await counts('mcp.tool.call.duration.seconds', tool, 'status'), [[status, 1]]);
        const errors = type === undefined ? [] : [[type, 1]];
        assert.deepEqual(await counts('mcp.tool.call.errors', tool, 'error_type'), errors);
        const durations = await counts('mcp.client.operation.duration', tool, 'error.type');
        const operations = durations.reduce((sum, [, count]) => sum + Number(count), 0);
        assert.equal(operations, 1 + legs.length);
      });
    }
  });
}
