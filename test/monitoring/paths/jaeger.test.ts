/**
 * Agents (SDK 1.x and v2) under a policy → the shipped Collector configuration → the shipped Jaeger: calls are found by what
 * the guards decided, by user and by error, with the queries that the documentation shows; client and server are one trace; and
 * a decision's event has its attributes.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';

import type { PolicyInput } from '../../../src/policy/schema';
import { curlCommand, filledIn, TRACE_QUERIES, type TraceQuery } from '../../../tools/gen/trace-queries';
import { startCollector } from '../../../tools/stack/collector';
import { startJaeger, type Jaeger, type JaegerSpan, type JaegerTrace } from '../../../tools/stack/jaeger';
import type { Step } from '../../acceptance/support/guarded-run';
import { component } from '../../real/support/component';
import { REPOSITORY } from '../../support/installs';
import { cleanEnvironment, expectExit, runProgram } from '../../support/run-program';
import { decisions, isClient, matching, tag } from './support/traces';

const run = promisify(execFile);
const PROGRAMS = join(REPOSITORY, 'test/programs');
const REGISTER = `--require ${JSON.stringify(join(REPOSITORY, 'build/src/register.js'))}`;

/** The agent's service; its server's is `server-…`. */
const AGENTS = ['v1', 'v2'] as const;
type Major = (typeof AGENTS)[number];

const POLICY: PolicyInput = {
  version: 1,
  id: 'jaeger',
  mode: 'enforce',
  servers: { echo: { match: { command: 'node', args: ['*echo-server-*'] } } },
  rules: [
    { id: 'tools', allow: { server: 'echo', tool: ['echo', 'structured', 'slow', 'fail', 'boom'] } },
    { id: 'no-structure', deny: { tool: 'structured' }, mode: 'observe', reason: 'no_structure' },
  ],
  limits: { rate: [{ id: 'slow-ones', per: ['user'], for: '*/slow', points: 1, window: '1h' }] },
  paths: { root: '/srv/data' },
};

const ALICE = { userId: 'alice' };
const STEPS: readonly Step[] = [
  { as: ALICE, call: 'echo', arguments: { text: 'hello' } },
  { as: ALICE, call: 'whoami' },
  { as: ALICE, call: 'structured' },
  { as: ALICE, call: 'echo', arguments: { text: 'x', path: '/srv/data/../../etc/passwd' } },
  { as: ALICE, call: 'slow', arguments: { ms: 1_100 } },
  { as: ALICE, call: 'slow', arguments: { ms: 1 } },
  { as: ALICE, call: 'fail' },
  { as: { userId: 'bob' }, call: 'boom' },
  { as: { userId: 'bob' }, call: 'echo', arguments: { text: 'hello' } },
];

type Name = keyof typeof TRACE_QUERIES;

/** What stands for the `<…>` of a query, and the spans that it finds in the agent, in any order. */
const FOUND: Readonly<Record<Name, { with?: Record<string, string>; spans: readonly string[] }>> = {
  blocked: { spans: ['tools/call echo', 'tools/call slow', 'tools/call whoami'] },
  observed: { spans: ['tools/call structured'] },
  allowed: {
    spans: ['tools/call boom', 'tools/call echo', 'tools/call echo', 'tools/call fail', 'tools/call slow'],
  },
  guard: { spans: ['tools/call echo'] },
  guardAndUser: { with: { user: 'alice' }, spans: ['tools/call echo'] },
  reason: { with: { reason: 'no_structure' }, spans: ['tools/call structured'] },
  rule: { with: { rule: 'slow-ones' }, spans: ['tools/call slow'] },
  user: { with: { user: 'bob' }, spans: ['tools/call boom', 'tools/call echo'] },
  toolErrors: { spans: ['tools/call fail'] },
  error: { with: { 'error.type': 'rate_limited' }, spans: ['tools/call slow'] },
  slow: { with: { tool: 'slow' }, spans: ['tools/call slow'] },
};

describe('Jaeger', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jaeger-')));
  const closing: (() => Promise<void>)[] = [];
  let jaeger: Jaeger | undefined;

  const check = (name: string, body: (found: Jaeger) => Promise<void>): void => {
    test(name, async (t) => (jaeger === undefined ? t.skip('nothing was started') : body(jaeger)));
  };

  async function start(t: TestContext): Promise<Jaeger | undefined> {
    const found = await component(t, () => startJaeger());
    if (found === undefined) return undefined;
    closing.push(() => found.stop());
    const env = { MCP_JAEGER_OTLP_ENDPOINT: found.otlpUrl, MCP_SAMPLING_PERCENT: '100' };
    const collector = await component(t, () => startCollector({ env }));
    if (collector === undefined) return undefined;
    closing.push(() => collector.stop());
    await Promise.all(AGENTS.map((major) => runAgent(major, collector.otlpUrl)));
    // The agents have ended: everything is on its way.
    await found.eventually('every call is in Jaeger', async () => {
      const traces = await Promise.all(AGENTS.map((major) => calls(found, major)));
      return traces.every((spans) => spans.length === STEPS.length);
    });
    return found;
  }

  /** The agent, and the server that it starts and that inherits the preload. */
  async function runAgent(major: Major, OTEL_EXPORTER_OTLP_ENDPOINT: string): Promise<void> {
    const [policy, script] = [join(folder, `policy-${major}.json`), join(folder, `script-${major}.json`)];
    writeFileSync(policy, JSON.stringify(POLICY), { mode: 0o600 });
    const telemetry = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_METRICS_EXPORTER: 'none' };
    const env = cleanEnvironment({
      ...telemetry,
      NODE_OPTIONS: REGISTER,
      OTEL_SERVICE_NAME: `server-${major}`,
    });
    const main = { command: process.execPath, args: [join(PROGRAMS, `echo-server-${major}.cjs`)], env };
    writeFileSync(script, JSON.stringify({ servers: { main }, steps: STEPS }));
    const { stderr } = expectExit(
      await runProgram(join(PROGRAMS, `scripted-agent-${major}.cjs`), {
        preload: 'require',
        env: {
          ...telemetry,
          OTEL_SERVICE_NAME: `agent-${major}`,
          MCP_ERA: 'auto',
          MCP_GUARD_POLICY: policy,
          SCRIPT: script,
        },
      }),
    );
    assert.equal(stderr, '', 'the policy is valid, and everything was delivered');
  }

  /** The agent's own tool calls. */
  async function calls(from: Jaeger, major: Major): Promise<JaegerSpan[]> {
    const traces = await from.traces({ service: `agent-${major}` });
    return traces
      .flatMap(({ spans }) => spans)
      .filter((span) => isClient(span) && span.operationName.startsWith('tools/call'));
  }

  const call = async (from: Jaeger, major: Major, tool: string, outcome: string): Promise<JaegerSpan> => {
    const found = (await calls(from, major)).filter(
      (span) => tag(span, 'gen_ai.tool.name') === tool && tag(span, 'mcpguard.outcome') === outcome,
    );
    const [span] = found;
    assert.ok(span !== undefined, `${tool} ${outcome}: ${found.length} found`);
    return span;
  };

  test('Jaeger and the Collector start, and the agents’ spans arrive', async (t) => {
    jaeger = await start(t);
  });
  after(async () => {
    for (const close of closing.toReversed()) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [name, query] of Object.entries(TRACE_QUERIES) as [Name, TraceQuery][]) {
    const { with: values = {}, spans: expected } = FOUND[name];
    check(`${query.question} (${name})`, async (from) => {
      const filled = filledIn(query, values);
      const { operation, minDuration, tags } = filled;
      for (const major of AGENTS) {
        const service = `agent-${major}`;
        const traces = await from.traces({
          service,
          tags,
          ...(operation === undefined ? {} : { operation }),
          ...(minDuration === undefined ? {} : { minDuration }),
        });
        const found = matching(traces, filled).filter(isClient);
        assert.deepEqual(found.map((span) => span.operationName).toSorted(), expected, service);
        assert.equal(
          traces.length,
          expected.length,
          `${service}: each call is a trace, and no other is found`,
        );
        const command = curlCommand(filled, service, from.url);
        const { stdout } = await run('sh', ['-c', command], { maxBuffer: 16 << 20 });
        const { data } = JSON.parse(stdout) as { data: JaegerTrace[] };
        const ids = (all: readonly JaegerTrace[]) => all.map(({ traceID }) => traceID).toSorted();
        assert.deepEqual(ids(data), ids(traces), command);
      }
    });
  }

  check('nothing is found for a value that does not occur', async (from) => {
    const absent = {
      'mcpguard.outcome': 'modified',
      'mcpguard.guard': 'budget',
      'mcpguard.verdict': 'error',
      'mcpguard.reason': 'no_such_reason',
      'user.id': 'mallory',
      'error.type': 'timeout',
      'security_rule.name': 'no-such-rule',
    };
    for (const major of AGENTS) {
      for (const [key, value] of Object.entries(absent)) {
        assert.deepEqual(await from.traces({ service: `agent-${major}`, tags: { [key]: value } }), [], key);
      }
      // Each of them occurs, and on no span both.
      const tags = { 'mcpguard.outcome': 'observed', 'user.id': 'bob' };
      assert.deepEqual(await from.traces({ service: `agent-${major}`, tags }), []);
    }
  });

  check('client and server of one call are one trace, the server’s span under the client’s', async (from) => {
    for (const major of AGENTS) {
      const traces = await from.traces({ service: `agent-${major}` });
      for (const client of await calls(from, major)) {
        const trace = traces.find(({ traceID }) => traceID === client.traceID);
        const servers = trace?.spans.filter((span) => tag(span, 'span.kind') === 'server') ?? [];
        const what = `${major} ${client.operationName} ${String(tag(client, 'mcpguard.outcome'))}`;
        if (tag(client, 'mcpguard.outcome') === 'blocked') {
          assert.deepEqual(servers, [], `${what}: it never left`);
          continue;
        }
        const [server, ...more] = servers;
        assert.deepEqual(more, [], what);
        assert.equal(server?.operationName, client.operationName, what);
        const { serviceName } = trace?.processes[server.processID] ?? {};
        assert.equal(serviceName, `server-${major}`, what);
        const parents = server.references.map(({ refType, spanID }) => [refType, spanID]);
        assert.deepEqual(parents, [['CHILD_OF', client.spanID]], what);
      }
    }
  });

  check('a decision’s event has its attributes', async (from) => {
    for (const major of AGENTS) {
      const whoami = decisions(await call(from, major, 'whoami', 'blocked'));
      const version = whoami['tool_allowlist']?.['security_rule.version'];
      assert.match(String(version), /^[0-9a-f]{12}$/);
      const policy = { 'security_rule.ruleset.name': 'jaeger', 'security_rule.version': version };
      const decided = (guard: string, verdict: string, action: string, mode: string, reason: string) => ({
        'mcpguard.guard': guard,
        'mcpguard.verdict': verdict,
        'mcpguard.action': action,
        'mcpguard.mode': mode,
        'mcpguard.reason': reason,
        'mcpguard.stage': 'request',
        ...policy,
      });
      assert.deepEqual(
        whoami['tool_allowlist'],
        decided('tool_allowlist', 'deny', 'blocked', 'enforce', 'not_in_allowlist'),
      );
      const { 'mcpguard.checked': checked, ...others } = whoami['all'] ?? {};
      assert.deepEqual(others, decided('all', 'allow', 'allowed', 'enforce', 'allowed'));
      assert.match(String(checked), /^[a-z_]+(,[a-z_]+)*$/);

      const structured = decisions(await call(from, major, 'structured', 'observed'));
      assert.deepEqual(structured['tool_allowlist'], {
        ...decided('tool_allowlist', 'deny', 'observed', 'observe', 'no_structure'),
        'security_rule.name': 'no-structure',
      });

      const limited = decisions(await call(from, major, 'slow', 'blocked'))['rate_limit'];
      const { 'mcpguard.retry_after_ms': retryAfter, ...rest } = limited ?? {};
      assert.deepEqual(rest, {
        ...decided('rate_limit', 'deny', 'blocked', 'enforce', String(rest['mcpguard.reason'])),
        'mcpguard.limit': 1,
        'mcpguard.remaining': 0,
        'security_rule.name': 'slow-ones',
      });
      assert.ok(Number(retryAfter) > 0 && Number(retryAfter) <= 3_600_000, String(retryAfter));
    }
  });
});
