/** What the README says about dashboards, alerts and Jaeger, done with the packed package and the real programs. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';

import { filledIn, tagsText, TRACE_QUERIES } from '../../tools/gen/trace-queries';
import { alertmanagerFlags, prometheusFlags } from '../../tools/stack/flags';
import { freePorts } from '../../tools/stack/ports';
import { program } from '../../tools/stack/programs';
import { component } from '../real/support/component';
import { REPOSITORY } from '../support/installs';
import { cleanEnvironment } from '../support/run-program';
import { blocksOf } from './blocks';
import { UserProject } from './user-project';

const blocks = blocksOf(join(REPOSITORY, 'README.md'));
const skip = process.platform === 'win32' && 'the commands are for a POSIX shell';

function text(name: string): string {
  const found = blocks.find((block) => block.name === name);
  assert.ok(found, `the README has no block '${name}'`);
  return found.text;
}

/** Command lines of the block that starts the programs, by program. */
function commands(): Map<string, string[]> {
  const lines = text('stack')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return new Map(lines.map(([name = '', ...args]) => [name, args.filter((word) => word !== '&')]));
}

describe('what is quoted', () => {
  test('the five queries are recording rules of the shipped file, in the guide’s order', () => {
    const file = join(REPOSITORY, 'collector-config/prometheus/rules/mcp-recording.yaml');
    const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: { record: string }[] }[] };
    const records = new Set(groups.flatMap(({ rules }) => rules.map(({ record }) => record)));
    const queries = text('queries')
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    assert.equal(queries.length, 5);
    for (const query of queries) assert.ok(records.has(query.replace(/^sum\((.*)\)$/, '$1')), query);
  });

  test('the searches are those that are tried on a real Jaeger', () => {
    const values = { user: 'maria', 'error.type': 'timeout' };
    const { blocked, observed, guard, guardAndUser, user, error } = TRACE_QUERIES;
    const tried = [blocked, observed, guard, guardAndUser, user, error];
    assert.deepEqual(
      text('jaeger')
        .split('\n')
        .map((line) => line.split(/ {2,}/)[0]),
      tried.map((query) => tagsText(filledIn(query, values))),
    );
  });

  test('the flags of Prometheus and Alertmanager are those of the stack script', () => {
    const places = (name: string, port: number) => ({
      config: `${name}/${name}.yaml`,
      data: `data/${name}`,
      listen: `127.0.0.1:${port}`,
    });
    assert.deepEqual(
      commands().get('prometheus')?.toSorted(),
      prometheusFlags(places('prometheus', 9090), false).toSorted(),
    );
    assert.deepEqual(
      commands().get('alertmanager')?.toSorted(),
      alertmanagerFlags(places('alertmanager', 9093)).toSorted(),
    );
  });

  test('what is named in the text is there', () => {
    for (const path of [
      'docker-compose.yaml',
      'grafana/dashboards',
      'docs/runbook.md',
      'docs/operations.md',
    ]) {
      assert.ok(existsSync(join(REPOSITORY, path)), path);
    }
  });
});

/** Programs as they are installed elsewhere: under the names of the README. */
const NAMES = { jaeger: 'jaeger', otelcol: 'otelcol-contrib', prometheus: 'prometheus' } as const;

/** A folder for `PATH`, in which each of them is a script that starts the real one. */
async function installed(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, installedAs] of Object.entries(NAMES)) {
    const binary = await program(name as keyof typeof NAMES);
    writeFileSync(join(bin, installedAs), `#!/bin/sh\nexec ${binary} "$@"\n`, { mode: 0o755 });
  }
  return bin;
}

/** Runs the commands as a shell does; ends everything that they started when the test does. */
function runs(context: TestContext, script: string, cwd: string, env: Record<string, string>): () => string {
  const child: ChildProcess = spawn('sh', ['-c', `${script}\nwait`], {
    cwd,
    env: cleanEnvironment(env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (log = (log + chunk).slice(-20_000)));
  }
  context.after(async () => {
    const closed = once(child, 'close');
    // Its whole group: the shell and the three programs.
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    await closed;
  });
  return () => log;
}

async function answers<T>(what: string, ask: () => Promise<T | undefined>, log: () => string): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    assert.ok(Date.now() < deadline, `${what}\n${log()}`);
    await pause(500);
  }
}

describe('in a project with the packed package', { skip }, () => {
  test('assets, the programs, an agent: its calls are in Prometheus and in Jaeger', async (context) => {
    const project = await UserProject.create();
    context.after(() => project.remove());
    const bin = await component(context, () => installed(project.folder));
    if (bin === undefined) return;
    const written = await project.shell(
      text('assets').replace('npx otel-mcp', 'npx --prefix "$ROOT" otel-mcp'),
      { ROOT: project.root },
    );
    assert.equal(written.code, 0, written.stderr);
    for (const line of text('stack').split('\n').slice(1)) {
      assert.ok(written.stdout.includes(line.replace(/ &$/, '')), `assets does not say: ${line}`);
    }

    const names = ['http', 'grpc', 'page', 'telemetry', 'health', 'jHttp', 'jGrpc', 'query', 'qGrpc', 'jHealth', 'jTelemetry', 'web']; // prettier-ignore
    const free = await freePorts(names.length);
    const port = Object.fromEntries(names.map((name, index) => [name, String(free[index])]));
    const env = {
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
      MCP_OTLP_HTTP_PORT: port['http']!,
      MCP_OTLP_GRPC_PORT: port['grpc']!,
      MCP_METRICS_PORT: port['page']!,
      MCP_TELEMETRY_PORT: port['telemetry']!,
      MCP_HEALTH_PORT: port['health']!,
      MCP_JAEGER_OTLP_HTTP_PORT: port['jHttp']!,
      MCP_JAEGER_OTLP_GRPC_PORT: port['jGrpc']!,
      MCP_JAEGER_QUERY_PORT: port['query']!,
      MCP_JAEGER_QUERY_GRPC_PORT: port['qGrpc']!,
      MCP_JAEGER_HEALTH_PORT: port['jHealth']!,
      MCP_JAEGER_TELEMETRY_PORT: port['jTelemetry']!,
      MCP_JAEGER_OTLP_ENDPOINT: `http://127.0.0.1:${port['jHttp']}`,
      // The agent's calls are few: a tenth of them may be none.
      MCP_SAMPLING_PERCENT: '100',
    };
    const targets = join(project.folder, 'monitoring/collector-config/prometheus/targets');
    const page = readFileSync(join(targets, 'collector-metrics.yaml'), 'utf8');
    writeFileSync(join(targets, 'collector-metrics.yaml'), page.replace(':8889', `:${port['page']}`));
    // Alertmanager of Debian wants to be started in a folder of its own; its flags are compared above.
    const script = text('stack')
      .replace(/^alertmanager [^&]*&\n/m, '')
      .replace(':9090', `:${port['web']}`);
    assert.doesNotMatch(script, /^alertmanager/m);
    const log = runs(context, script, project.folder, env);
    const is = (url: string) => async () => ((await fetch(url)).ok ? true : undefined);
    await answers('Collector', is(`http://127.0.0.1:${port['health']}`), log);
    await answers('Prometheus', is(`http://127.0.0.1:${port['web']}/-/ready`), log);
    await answers('Jaeger', is(`http://127.0.0.1:${port['query']}/api/services`), log);

    const start = blocks.find(({ name }) => name === 'start')?.text ?? '';
    const agent = await project.shell(start, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port['http']}`,
      OTEL_SERVICE_NAME: 'readme-agent',
      MCP_USER_ID: 'maria',
    });
    assert.equal(agent.code, 0, agent.stderr);

    const query = async (path: string): Promise<{ data: unknown[] }> =>
      (await (await fetch(`http://127.0.0.1:${path}`)).json()) as { data: unknown[] };
    const search = new URLSearchParams({
      service: 'readme-agent',
      tags: '{"user.id":"maria"}',
      lookback: '1h',
    });
    const traces = await answers(
      'a trace of maria’s',
      async () => {
        const { data } = await query(`${port['query']}/api/traces?${search.toString()}`);
        return data.length > 0 ? data : undefined;
      },
      log,
    );
    assert.ok(traces.length > 0);
    const expression = encodeURIComponent('sum(mcp_tool_calls_total{job="readme-agent",user_id="maria"})');
    await answers(
      'a sample of maria’s',
      async () => {
        const { data } = await query(`${port['web']}/api/v1/query?query=${expression}`);
        return (data as unknown as { result: unknown[] }).result.length > 0 ? true : undefined;
      },
      log,
    );
    rmSync(join(project.folder, 'monitoring'), { recursive: true, force: true });
  });
});
