import type { Command } from '../command';
import { CommandError, UsageError } from '../command';
import type * as Diagnose from '../doctor/diagnose';
import type { Diagnosis } from '../doctor/diagnose';
import type * as Gather from '../doctor/gather';
import type { Evidence } from '../doctor/evidence';
import type * as Text from '../doctor/text';
import { progressOn } from '../progress';
import { flag, optional } from '../values';

const NOT_RUN = 3;
const EXIT_CODES: Readonly<Record<Diagnosis['status'], number>> = { ok: 0, warn: 1, problem: 2 };
const SECONDS = 10;

export const doctor: Command = {
  summary: 'try an agent for a moment, and say why something is not traced',
  description:
    'Runs the command as it is given, with the environment as it is, until a moment after its first MCP call, and ends it with\n' +
    'everything that it has started. Says how the agent is started, which copies of MCP SDKs were instrumented, whose\n' +
    'OpenTelemetry SDK takes the spans, where they go and whether anybody answers there, what policy is in force, and what is\n' +
    'wrong, with the remedy. The agent does what it does: its calls are real. Without a command only the environment is\n' +
    'looked at. Endpoints get an empty export; secrets are not shown.',
  operands: '[-- COMMAND ...]',
  options: {
    seconds: { type: 'string', value: 'N', description: `how long the agent may take; default: ${SECONDS}` },
    'show-output': { type: 'boolean', description: 'copy what the agent writes to stderr' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  examples: [
    {
      line: 'npx otel-mcp doctor -- node --require opentelemetry-instrumentation-mcp/register agent.js',
      what: 'an agent as it is started',
    },
    { line: 'npx otel-mcp doctor --seconds 60 -- npm start', what: 'one that takes its time' },
    { line: 'npx otel-mcp doctor', what: 'the environment alone' },
  ],
  exitCodes: { 1: 'a warning', 2: 'a problem', [NOT_RUN]: 'the command could not be run' },
  async run({ values, positionals, io, style }) {
    const seconds = secondsOf(optional(values, 'seconds'));
    const progress = progressOn(io.stderr);
    if (positionals.length > 0) progress.show(`trying the agent for up to ${seconds} s …`);
    const evidence = await gathered({
      words: positionals,
      seconds,
      showOutput: flag(values, 'show-output'),
      io,
    });
    progress.end();
    const diagnosis = (require('../doctor/diagnose') as typeof Diagnose).diagnose(evidence);
    const exitCode = EXIT_CODES[diagnosis.status];
    if (flag(values, 'json')) return { text: JSON.stringify(diagnosis, null, 2), exitCode };
    const { marksFor, renderDiagnosis } = require('../doctor/text') as typeof Text;
    return { text: renderDiagnosis(diagnosis, marksFor(io.stdout.isTTY, process.env), style), exitCode };
  },
};

function secondsOf(text: string | undefined): number {
  if (text === undefined) return SECONDS;
  const seconds = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && seconds >= 1 && seconds <= 3_600) return seconds;
  throw new UsageError(`--seconds is a number from 1 to 3600, not '${text}'`);
}

async function gathered(options: Parameters<typeof Gather.gather>[0]): Promise<Evidence> {
  const { gather } = require('../doctor/gather') as typeof Gather;
  try {
    return await gather(options);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall?.startsWith('spawn') !== true) throw error;
    const why = code === 'ENOENT' ? 'there is no such program' : code;
    throw new CommandError(`'${options.words[0]}' cannot be run: ${why}`, NOT_RUN);
  }
}
