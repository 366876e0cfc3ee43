import { readEnvironment } from '../../core/environment';
import type { HealthReport, HealthStatus } from '../../http/health';
import type * as Address from '../../http/address';
import type { Command } from '../command';
import { CommandError, UsageError } from '../command';
import type { Style } from '../style';
import { flag, optional } from '../values';

const UNKNOWN = 3;
const EXIT_CODES: Readonly<Record<HealthStatus, number>> = { pass: 0, warn: 1, fail: 2 };
const PATH = '/health/mcp';
const TIMEOUT_MS = 5_000;

export const health: Command = {
  summary: 'ask a running agent how its guards, audit log and exports are',
  description:
    'Asks the agent that runs with OTEL_MCP_HTTP, or one that serves createHealthHandler() itself. For liveness probes and\n' +
    'monitoring: the exit codes are those of Nagios plug-ins.',
  options: {
    url: { type: 'string', value: 'URL', description: `where; default: ${PATH} at OTEL_MCP_HTTP` },
    json: { type: 'boolean', description: 'print the answer as it came' },
  },
  examples: [
    { line: 'OTEL_MCP_HTTP=9465 otel-mcp health', what: 'the agent that was started with the same variable' },
    {
      line: 'otel-mcp health --url http://127.0.0.1:8080/health/mcp',
      what: 'an agent that serves it itself',
    },
  ],
  exitCodes: { 1: 'warn', 2: 'fail', [UNKNOWN]: 'no answer, or none of ours' },
  async run({ values, style }) {
    const url = optional(values, 'url') ?? urlFromEnvironment();
    const text = await ask(url);
    const report = reportIn(text, url);
    const exitCode = EXIT_CODES[report.status];
    return { text: flag(values, 'json') ? text.trimEnd() : render(report, style), exitCode };
  },
};

function urlFromEnvironment(): string {
  const { parseAddress } = require('../../http/address') as typeof Address;
  const text = readEnvironment('OTEL_MCP_HTTP');
  const address = text === undefined ? undefined : parseAddress(text);
  if (address === undefined)
    throw new UsageError('where is the agent? Give --url, or OTEL_MCP_HTTP as the agent has it');
  const { host, port } = address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${PATH}`;
}

async function ask(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return await answer.text();
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new CommandError(`no answer from ${url}: ${why}`, UNKNOWN);
  }
}

function reportIn(text: string, url: string): HealthReport {
  try {
    const report = JSON.parse(text) as HealthReport;
    if (Object.hasOwn(EXIT_CODES, report.status)) return report;
  } catch {
    // Said below.
  }
  throw new CommandError(`${url} answers, but not with health: is it the right path?`, UNKNOWN);
}

function render({ status, checks, metrics }: HealthReport, style: Style): string {
  const { total_calls, successful, failed, denied, avg_latency_ms } = metrics.tool_call_stats;
  const rows = Object.entries(checks).flatMap(([name, results]) =>
    results.map(({ status: one, observedValue, observedUnit, output }) => {
      const shown = [observedValue, observedUnit, output].filter((part) => part !== undefined).join(' ');
      return `  ${colour(one, style)(one.padEnd(4))}  ${name}  ${shown}`.trimEnd();
    }),
  );
  return [
    style.bold(colour(status, style)(status)),
    ...rows,
    `  ${total_calls} tool calls: ${successful} successful, ${failed} failed, ${denied} denied, ${avg_latency_ms} ms on average; ` +
      `${metrics.active_connections} connections`,
  ].join('\n');
}

function colour(status: HealthStatus, style: Style): (text: string) => string {
  if (status === 'pass') return (text) => style.green(text);
  return status === 'warn' ? (text) => style.yellow(text) : (text) => style.red(text);
}
