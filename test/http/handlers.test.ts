/** Health and metrics of agents that run: the server of `OTEL_MCP_HTTP`, our handlers in the agent's own, `otel-mcp health`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { HealthReport } from '../../src/http/health';
import { packages, project, REPOSITORY } from '../support/installs';
import { expectExit, runProgram, startProgram, type ProgramResult } from '../support/run-program';

const CLI = join(REPOSITORY, 'build/src/cli/main.js');
const POLICY = `
version: 1
id: served
mode: enforce
rules:
  - { id: not-this, deny: { tool: [denied] } }
breaker: { consecutive: 5 }
audit: { dir: ./audit }
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

interface Agent {
  readonly folder: string;
  call(...names: string[]): Promise<void>;
  /** Where it serves by itself. */
  serving(): Promise<number>;
  end(): Promise<ProgramResult>;
}

async function startAgent(t: TestContext, env: Record<string, string>, policy?: string): Promise<Agent> {
  const root = await project({ sdk: '1.32.2', otel: '2.x' });
  const folder = mkdtempSync(join(root, 'http-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(REPOSITORY, 'test/http/programs'), folder, { recursive: true });
  if (policy !== undefined) writeFileSync(join(folder, 'policy.yaml'), policy);
  const program = startProgram(join(folder, 'calling-agent.mjs'), {
    preload: 'installed-require',
    cwd: folder,
    env: {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      ...(policy === undefined ? {} : { MCP_GUARD_POLICY: join(folder, 'policy.yaml') }),
      ...env,
    },
  });
  t.after(() => program.child.kill());
  let out = '';
  program.child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)));
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(out);
      if (found !== null) return found;
      assert.equal(program.child.exitCode, null, `the agent ended: ${out}`);
      await pause(20);
    }
  };
  await said(/^ready$/m);
  // Whoever listens does so a moment later.
  await pause(200);
  return {
    folder,
    async call(...names) {
      const before = out.split('done').length;
      program.child.stdin.write(names.map((name) => `${name}\n`).join(''));
      while (out.split('done').length < before + names.length) await pause(20);
    },
    serving: async () => Number((await said(/^serving (\d+)$/m))[1]),
    end() {
      program.child.stdin.end();
      return program.result;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly report: HealthReport;
}

/** Asks until the status code, or the word, is the one. */
async function eventually(ask: () => Promise<Answer>, wanted: number | string): Promise<Answer> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer.status === wanted || answer.report.status === wanted) return answer;
    assert.ok(Date.now() < deadline, `not in 30 s: ${wanted}; ${JSON.stringify(answer.report)}`);
    await pause(100);
  }
}

async function health(port: number): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/mcp`);
  const report = (await answer.json()) as HealthReport;
  return { status: answer.status, type: answer.headers.get('content-type'), report };
}

const otelMcp = (args: string[], env: Record<string, string> = {}) => runProgram(CLI, { args, env });

test('OTEL_MCP_HTTP serves health on loopback alone, counts calls, and keeps no agent alive', async (t) => {
  const port = await freePort();
  const agent = await startAgent(t, { OTEL_MCP_HTTP: String(port) }, POLICY);
  await agent.call('echo', 'echo', 'fail', 'denied', 'denied');
  const { status, type, report } = await health(port);
  assert.deepEqual([status, type], [200, 'application/health+json']);
  assert.deepEqual([report.status, report.status_legacy], ['pass', 'healthy']);
  assert.match(String(report.checks['policy:loaded']?.[0]?.observedValue), /^served@[0-9a-f]{12}$/);
  assert.equal(report.checks['audit:writable']?.[0]?.status, 'pass');
  assert.equal(report.checks['audit:dropped']?.[0]?.observedValue, 0);
  const { tool_call_stats, security_events, active_connections } = report.metrics;
  const { avg_latency_ms, ...stats } = tool_call_stats;
  assert.deepEqual(stats, { total_calls: 5, successful: 2, failed: 1, denied: 2 });
  assert.ok(avg_latency_ms > 0 && avg_latency_ms < 1000);
  assert.deepEqual(security_events, {
    access_denied: { count: 2 },
    rate_limits: { count: 0 },
    budget_exceeded: { count: 0 },
  });
  assert.equal(active_connections, 1);

  const other = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal);
  if (other !== undefined) await assert.rejects(fetch(`http://${other.address}:${port}/health/mcp`));
  assert.equal((await fetch(`http://127.0.0.1:${port}/else`)).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${port}/health/mcp`, { method: 'POST' })).status, 405);
  const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(metrics.status, 503);
  assert.match(await metrics.text(), /OTEL_METRICS_EXPORTER=prometheus/);

  const said = expectExit(await otelMcp(['health'], { OTEL_MCP_HTTP: String(port) }));
  assert.match(said.stdout, /^pass\n {2}pass {2}policy:loaded {2}served@/);
  assert.match(
    said.stdout,
    /5 tool calls: 2 successful, 1 failed, 2 denied, [\d.]+ ms on average; 1 connections\n$/,
  );
  // Connections of scrapers are open, and the agent ends all the same.
  expectExit(await agent.end());
});

test('a monitor adds the tools that are used most, and nobody who uses them', async (t) => {
  const port = await freePort();
  const env = { OTEL_MCP_HTTP: String(port), MCP_USER_ID: 'ada-lovelace', MCP_TENANT_ID: 'analytical' };
  const agent = await startAgent(t, env, `${POLICY}monitor: {}\n`);
  await agent.call('echo', 'echo', 'fail', 'denied');
  let { report } = await health(port);
  while ((report.usage?.top_tools.length ?? 0) < 3) ({ report } = await health(port));
  assert.deepEqual(report.usage?.known, { tools: 3, users: 1, user_tools: 3 });
  const [first, ...others] = report.usage.top_tools;
  assert.deepEqual([first?.tool_name, first?.calls, first?.success, first?.last_hour], ['echo', 2, 2, 2]);
  assert.ok(first?.p95_latency_ms && first.mean_latency_ms && first.last_used);
  const rest = others.map((row) => `${row.tool_name}: ${row.failure} failed, ${row.denied} denied`);
  assert.deepEqual(new Set(rest), new Set(['denied: 0 failed, 1 denied', 'fail: 1 failed, 0 denied']));
  assert.doesNotMatch(JSON.stringify(report), /ada-lovelace|analytical/);
  expectExit(await agent.end());
});

test('a critical finding of the last hour warns, and says neither who nor what', async (t) => {
  const port = await freePort();
  const env = { OTEL_MCP_HTTP: String(port), MCP_USER_ID: 'ada-lovelace' };
  const agent = await startAgent(t, env, `${POLICY}monitor: {}\nclassification: {admin: ['*/denied']}\n`);
  await agent.call('echo');
  const before = (await health(port)).report;
  assert.equal(before.status, 'pass');
  const none = { status: 'pass', observedValue: 0 };
  for (const [name, observedUnit] of [
    ['monitor:findings', 'findings'],
    ['monitor:dropped', 'events'],
  ] as const) {
    const { time: _, ...check } = before.checks[name]![0]!;
    assert.deepEqual(check, { ...none, observedUnit }, name);
  }
  assert.equal(before.checks['monitor:evictions'], undefined);
  await agent.call('denied', 'denied', 'denied');
  let { report, status } = await health(port);
  while (report.status === 'pass') ({ report, status } = await health(port));
  assert.equal(status, 200, 'the agent itself is well');
  const { time: _, ...found } = report.checks['monitor:findings']![0]!;
  assert.deepEqual(found, {
    status: 'warn',
    observedValue: 1,
    observedUnit: 'findings',
    output: '1 critical; the audit log says what and who',
  });
  assert.doesNotMatch(JSON.stringify(report.checks), /ada-lovelace|denied"/);
  const said = expectExit(await otelMcp(['health'], { OTEL_MCP_HTTP: String(port) }), 1);
  assert.match(
    said.stdout,
    /^ {2}warn {2}monitor:findings {2}1 findings 1 critical; the audit log says what and who$/m,
  );
  expectExit(await agent.end());
});

test('the metrics page is there too where the private SDK has one', async (t) => {
  const [port, own] = [await freePort(), await freePort()];
  const agent = await startAgent(t, {
    OTEL_MCP_HTTP: String(port),
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(own),
  });
  await agent.call('echo');
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(page, /^mcp_tool_calls_total\{tool_name="echo",.*\} 1$/m);
  const { report } = await health(port);
  assert.equal(report.checks['policy:loaded'], undefined, 'no policy is wanted');
  expectExit(await agent.end());
});

test('a policy that cannot be put into force fails; an export that fails, a breaker and a lost line warn', async (t) => {
  const port = await freePort();
  const broken = await startAgent(t, { OTEL_MCP_HTTP: String(port) }, 'version: 7\n');
  const failing = await health(port);
  assert.equal(failing.status, 503);
  assert.equal(failing.report.status_legacy, 'unhealthy');
  assert.match(failing.report.checks['policy:loaded']![0]!.output!, /no call is guarded or audited/);
  const said = expectExit(await otelMcp(['health', '--url', `http://127.0.0.1:${port}/health/mcp`]), 2);
  assert.match(said.stdout, /^fail\n {2}fail {2}policy:loaded/);
  await broken.end();

  const refused = await freePort();
  const agent = await startAgent(
    t,
    {
      OTEL_MCP_HTTP: String(port),
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${refused}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
    POLICY,
  );
  await agent.call('echo');
  const warned = await eventually(() => health(port), 'warn');
  assert.deepEqual([warned.status, warned.report.status_legacy], [200, 'degraded']);
  assert.match(warned.report.checks['exporter:last_export:traces']![0]!.output!, /\d+ lost since the start/);
  const audit = join(agent.folder, 'audit');
  rmSync(audit, { recursive: true });
  writeFileSync(audit, 'a file where the folder was');
  // The writer looks after its file now and then.
  const { report: lost } = await eventually(async () => {
    await agent.call('echo');
    return health(port);
  }, 503);
  assert.equal(lost.checks['audit:writable']![0]!.status, 'fail');
  assert.ok(Number(lost.checks['audit:dropped']![0]!.observedValue) > 0);
  await agent.end();
});

test('a taken port and a wrong address are one line on stderr, and nothing else changes', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const taken = await startAgent(t, { OTEL_MCP_HTTP: String(port) });
  await taken.call('echo');
  assert.match(expectExit(await taken.end()).stderr, /not served on 127\.0\.0\.1:\d+: the port is taken/);
  const wrong = await startAgent(t, { OTEL_MCP_HTTP: 'here' });
  await wrong.call('echo');
  assert.match(expectExit(await wrong.end()).stderr, /OTEL_MCP_HTTP is \[host:\]port or off, not "here"/);
});

for (const kind of ['http', 'express', 'fastify']) {
  test(`the handlers in the agent’s own server: ${kind}`, async (t) => {
    const fastify = kind === 'fastify' ? join(await packages(['fastify@5.6.1']), 'package.json') : '';
    const agent = await startAgent(t, { SERVE: kind, FASTIFY: fastify }, POLICY);
    const port = await agent.serving();
    await agent.call('echo', 'denied');
    const { report, type } = await health(port);
    assert.equal(type, 'application/health+json');
    assert.equal(report.metrics.tool_call_stats.denied, 1);
    expectExit(await agent.end());
  });
}

test('otel-mcp health without an agent is unknown, and with a wrong address a wrong command line', async () => {
  const none = expectExit(await otelMcp(['health'], { OTEL_MCP_HTTP: String(await freePort()) }), 3);
  assert.match(none.stderr, /no answer from http:\/\/127\.0\.0\.1:\d+\/health\/mcp: .*ECONNREFUSED/);
  assert.match(expectExit(await otelMcp(['health']), 64).stderr, /Give --url, or OTEL_MCP_HTTP/);
});
