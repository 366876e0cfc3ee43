/** `npm run stack`: the programs that this package's telemetry is for, on this machine, until Ctrl-C. */
import { parseArgs } from 'node:util';

import { CACHE } from './cache';
import { Missing } from './missing';
import { program, PROMETHEUS_VERSIONS, type PrometheusVersion, type ProgramName } from './programs';
import { PortTaken, startStack, type PortChoice, type Stack } from './stack';

const HELP = `Usage: npm run stack [-- [build] [options]]

Starts Prometheus, Alertmanager, an OpenTelemetry Collector and Jaeger with the configuration in
collector-config/, waits until each is healthy, prints their URLs, and runs until Ctrl-C. Nothing but
127.0.0.1 is listened on, nothing is installed, and what they stored goes when they end.

The programs come from Debian packages (unpacked, by apt-get and dpkg) and are built from Go modules
(with Go 1.26 or later; about 13 minutes, once). They are kept below
  ${CACHE}

  build                    fetch and build all of them, both versions of Prometheus, and start nothing

  --prometheus VERSION     2.42 (default: the oldest that is supported) or 3.15 (receives OTLP itself)
  --agent HOST:PORT        scrape this metrics page of an agent's own too; can be given more than once
  --ports preferred        the standard ports (4318, 9090, 16686, …), and a free one for each that is taken (default)
          standard         the standard ports, or an error
          free             any free ports
  --help                   this text

A program that is there already is named by PROMETHEUS_BINARY (2.42), PROMETHEUS_3_BINARY, ALERTMANAGER_BINARY,
OTELCOL_BINARY or JAEGER_BINARY. Variables that collector-config/ documents, such as MCP_SAMPLING_PERCENT, are passed on.

Exit code: 0 after Ctrl-C, 1 when something is missing or ended by itself, 2 for a wrong argument.
`;

interface Arguments {
  readonly build: boolean;
  readonly help: boolean;
  readonly version: PrometheusVersion;
  readonly ports: PortChoice;
  readonly agents: readonly string[];
}

class UsageError extends Error {}

const say = (text: string): void => void process.stderr.write(`stack: ${text}\n`);

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`${option} is ${allowed.join(' or ')}, not '${value}'`);
  return found;
}

function readArguments(): Arguments {
  const { values, positionals } = parse();
  for (const word of positionals) oneOf('the command', word, ['build']);
  for (const agent of values.agent) {
    if (!/^[^\s/]+:\d+$/.test(agent)) throw new UsageError(`--agent is HOST:PORT, not '${agent}'`);
  }
  return {
    build: positionals.length > 0,
    help: values.help,
    version: oneOf('--prometheus', values.prometheus, PROMETHEUS_VERSIONS),
    ports: oneOf('--ports', values.ports, ['preferred', 'standard', 'free']),
    agents: values.agent,
  };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        prometheus: { type: 'string', default: '2.42' },
        ports: { type: 'string', default: 'preferred' },
        agent: { type: 'string', multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const NEEDED: readonly [ProgramName, PrometheusVersion?][] = [
  ['alertmanager'],
  ['amtool'],
  ['prometheus', '2.42'],
  ['promtool', '2.42'],
  ['otelcol'],
  ['jaeger'],
  ['prometheus', '3.15'],
  ['promtool', '3.15'],
];

/** All that can be had, one after the other: two builds at once would take as long. Says at the end what is missing. */
async function build(): Promise<void> {
  const missing: string[] = [];
  for (const [name, version] of NEEDED) {
    const title = version === undefined ? name : `${name} ${version}`;
    try {
      process.stdout.write(`${title.padEnd(16)}${await program(name, version)}\n`);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      missing.push(`${title}: ${error.message}`);
    }
  }
  if (missing.length > 0) throw new Missing(`${missing.length} missing\n${missing.join('\n')}`);
}

function table({ prometheus, alertmanager, collector, jaeger }: Stack, version: string): string {
  const rows = [
    ['Collector, OTLP', collector.otlpUrl, `HTTP; gRPC on ${collector.ports.otlpGrpc}`],
    ['', collector.metricsUrl, 'what it hands to Prometheus'],
    ['', collector.telemetryUrl, 'what it says of itself'],
    [`Prometheus ${version}`, prometheus.url, `${prometheus.url}/api/v1/query?query=mcp_tool_calls_total`],
    ['', '', `${prometheus.url}/api/v1/alerts`],
    ['Alertmanager', alertmanager.url, `${alertmanager.url}/api/v2/alerts`],
    ['Jaeger', jaeger.url, `${jaeger.url}/api/services`],
  ] as const;
  return rows.map(([name, url, note]) => `  ${name.padEnd(17)}${url.padEnd(33)}${note}`.trimEnd()).join('\n');
}

function welcome(stack: Stack, version: string): string {
  const lines = [
    'All healthy, on 127.0.0.1 only. Ctrl-C ends them and removes what they stored.',
    '',
    table(stack, version),
    '',
    'These builds answer their HTTP APIs and have no web pages; docker-compose.yaml has them, and Grafana.',
    'An agent sends its telemetry here when it is started with',
    '',
    `  export OTEL_EXPORTER_OTLP_ENDPOINT=${stack.collector.otlpUrl}`,
    '  export OTEL_SERVICE_NAME=my-agent OTEL_METRIC_EXPORT_INTERVAL=10000',
    '  export NODE_OPTIONS="--require opentelemetry-instrumentation-mcp/register"',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function interrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve('interrupted'));
    }
  });
}

async function up({ version, ports, agents }: Arguments): Promise<void> {
  const stopped = interrupted();
  // A build is not waited for: its program is a child, and gets the Ctrl-C of a terminal itself.
  const stack = await Promise.race([stopped, startStack({ prometheus: version, ports, agents })]);
  if (stack === 'interrupted') process.exit(130);
  process.stdout.write(welcome(stack, version));
  const first = await Promise.race([stopped, stack.firstEnded()]);
  if (first === 'interrupted') say('ending …');
  await stack.stop();
  if (first !== 'interrupted') throw new Error(`${first.title} ended by itself\n${first.log.slice(-4000)}`);
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given.help) process.stdout.write(HELP);
  else if (given.build) await build();
  else await up(given);
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) {
    say(`${error.message}\nSee npm run stack -- --help`);
    process.exitCode = 2;
    return;
  }
  const isExpected = error instanceof Missing || error instanceof PortTaken;
  say(isExpected ? error.message : String(error));
  process.exitCode = 1;
});
