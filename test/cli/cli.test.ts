/** The `otel-mcp` command as a process: help, version, `env`, wrong command lines. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { styleFor } from '../../src/cli/style';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');

type Env = Readonly<Record<string, string>>;

async function ok(args: string[], env: Env = {}): Promise<string> {
  return expectExit(await runProgram(PROGRAM, { args, env })).stdout;
}

async function wrong(args: string[]): Promise<string> {
  const result = expectExit(await runProgram(PROGRAM, { args }), 64);
  assert.equal(result.stdout, '', 'stdout belongs to results');
  return result.stderr;
}

async function report(env: Env = {}): Promise<Record<string, unknown>> {
  return JSON.parse(await ok(['env', '--json'], env)) as Record<string, unknown>;
}

test('--version and -v print the version of package.json', async () => {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    version: string;
  };
  assert.equal(await ok(['--version']), `${version}\n`);
  assert.equal(await ok(['-v']), `${version}\n`);
});

test('--help lists every command and how to preload', async () => {
  const help = await ok(['--help']);
  for (const name of ['assets', 'env']) assert.match(help, new RegExp(`^ {2}${name} +\\S`, 'm'));
  assert.match(help, /node --require opentelemetry-instrumentation-mcp\/register agent\.js/);
  assert.match(await ok(['env', '--help']), /--json {2}print JSON/);
});

test('a wrong command line is exit code 64, on stderr, with the nearest known word', async () => {
  assert.match(await wrong([]), /no command given/);
  assert.match(await wrong(['evn']), /unknown command 'evn'; did you mean 'env'\?/);
  assert.match(await wrong(['env', '--jsno']), /unknown option '--jsno'; did you mean '--json'\?/);
  assert.doesNotMatch(await wrong(['something-else']), /did you mean/);
  assert.match(await wrong(['env', 'more']), /more/);
  // No property of Object.prototype is a command.
  assert.match(await wrong(['constructor']), /unknown command/);
});

test('env without any variable shows the defaults', async () => {
  assert.deepEqual(await report(), {
    sdk: 'auto',
    traces: [{ exporter: 'otlp', protocol: 'http/protobuf', to: 'http://localhost:4318/v1/traces' }],
    metrics: [
      {
        exporter: 'otlp',
        protocol: 'http/protobuf',
        to: 'http://localhost:4318/v1/metrics',
        everySeconds: 60,
      },
    ],
    logs: [],
    serviceName: 'unknown_service:node',
    sampler: 'parentbased_always_on',
    propagators: 'tracecontext,baggage',
    captureContent: false,
    userLabel: 'plain',
    variables: {},
  });
});

test('env reads exporters, protocols and endpoints as the runtime does', async () => {
  const shown = await report({
    OTEL_TRACES_EXPORTER: 'otlp,console',
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_PROMETHEUS_PORT: '9999',
    OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: 'logs',
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://logs.example/in',
  });
  assert.deepEqual(shown['traces'], [
    { exporter: 'otlp', protocol: 'grpc', to: 'http://localhost:4317' },
    { exporter: 'console', to: 'stderr' },
  ]);
  assert.deepEqual(shown['metrics'], [{ exporter: 'prometheus', to: 'http://127.0.0.1:9999/metrics' }]);
  assert.deepEqual(shown['logs'], [
    { exporter: 'otlp', protocol: 'http/json', to: 'https://logs.example/in' },
  ]);
});

test('env says what switches export off', async () => {
  for (const [env, why] of [
    [{ OTEL_SDK_DISABLED: 'true' }, /OTEL_SDK_DISABLED/],
    [{ OTEL_MCP_SDK: 'off' }, /OTEL_MCP_SDK/],
    [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,mcp' }, /OTEL_NODE_DISABLED_INSTRUMENTATIONS/],
  ] as const) {
    const shown = await report(env);
    assert.match(String(shown['off']), why);
    assert.deepEqual([shown['traces'], shown['metrics'], shown['logs']], [[], [], []]);
    assert.match(await ok(['env'], env), /nothing: /);
  }
});

test('env shows no secret: headers, user names, passwords, queries, unknown OTEL_* variables', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:s3cret@collector.example:4318/base?token=s3cret',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s3cret',
    OTEL_VENDOR_KEY: 's3cret',
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'https://user:s3cret@zipkin.example/api?k=s3cret',
    OTEL_TRACES_EXPORTER: 'otlp,zipkin',
  };
  const [json, text] = [await ok(['env', '--json'], env), await ok(['env'], env)];
  assert.doesNotMatch(json + text, /s3cret/);
  assert.match(text, /https:\/\/collector\.example:4318\/base\/v1\/traces/);
  assert.match(text, /OTEL_VENDOR_KEY +\(set, not shown\)/);
});

test('text is styled on a terminal only, and never under NO_COLOR', async () => {
  assert.ok(!(await ok(['env'])).includes('\u001B'), 'stdout is a pipe here');
  assert.ok(styleFor(true, {}).bold('x').includes('\u001B'));
  for (const plain of [
    styleFor(false, {}),
    styleFor(true, { NO_COLOR: '1' }),
    styleFor(true, { TERM: 'dumb' }),
  ]) {
    assert.equal(plain.bold('x') + plain.dim('y'), 'xy');
  }
});
