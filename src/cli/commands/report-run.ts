/** Runs `otel-mcp report`. */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';

import { filesOf, STDIN } from '../../audit/inputs';
import { readSecret } from '../../audit/keys';
import type * as Load from '../../policy/load';
import type { LoadedPolicy } from '../../policy/load';
import { thresholdsWith, type ThresholdName } from '../../policy/thresholds';
import { buildReport } from '../../report/build';
import { exitCodeOf, type FailOn } from '../../report/fail-on';
import type * as Html from '../../report/html';
import { renderMarkdown } from '../../report/markdown';
import type { Report } from '../../report/model';
import { counted, size } from '../../report/show';
import { renderText } from '../../report/text';
import type { CommandContext, CommandResult } from '../command';
import { CommandError, UsageError } from '../command';
import type { Io } from '../io';
import { progressOn } from '../progress';
import { attempt, flag, list, moment, optional, wholeNumber } from '../values';
import { UNREADABLE } from './audit-inputs';
import { keyOf } from './audit-key';
import type { Format } from './report';
import { replaceFile } from './report-file';

type Values = CommandContext['values'];

const DEFAULT_TOP = 10;
const FORMAT_OF: Readonly<Record<string, Format>> = {
  '.html': 'html',
  '.htm': 'html',
  '.md': 'md',
  '.markdown': 'md',
  '.json': 'json',
};

/**
 * Keeps the young generation of the heap as small as it is when the process begins: what is read lives for a moment. V8
 * would let it grow to 100 MB (Node 24 and later), which saves a twentieth of the time.
 */
const SMALL_HEAP = '--semi-space-growth-factor=1';
/** A flag that V8 does not know is an error on stderr. */
const LAST_MAJOR_WITH_IT = 26;

export async function runReport({ values, positionals, io }: CommandContext): Promise<CommandResult> {
  if (Number.parseInt(process.versions.node, 10) <= LAST_MAJOR_WITH_IT) setFlagsFromString(SMALL_HEAP);
  const now = Date.now();
  const period = { since: moment(values, 'since', now), until: moment(values, 'until', now) };
  const [top, thresholds] = [wholeNumber(values, 'top', 1) ?? DEFAULT_TOP, thresholdsOf(values)];
  const output = optional(values, 'output');
  const format = formatOf(values, output);
  const policy = policyOf(values);
  const inputs = inputsOf(positionals, policy, io);
  const verify = flag(values, 'verify');
  if (verify && inputs.includes(STDIN)) {
    throw new UsageError('--verify reads a log twice: it needs files, not standard input');
  }
  const options = {
    ...period,
    top,
    thresholds,
    policy,
    verify,
    secret: secretOf(values, policy, verify),
    now,
  };
  const report = await withProgress(inputs, verify, options, io);
  const { records, outside_period, skipped_files, lines, file_count } = report.coverage;
  if (records + outside_period + skipped_files === 0) {
    const where =
      file_count === 0 ? inputs.join(', ') : `${counted(lines, 'line')} of ${counted(file_count, 'file')}`;
    throw new CommandError(`no audit record in ${where}`, UNREADABLE);
  }
  const exitCode = exitCodeOf(report.alerts, (optional(values, 'fail-on') ?? 'warning') as FailOn);
  if (output !== undefined) {
    attempt(() => replaceFile(output, `${render(report, format)}\n`), UNREADABLE);
    return { exitCode };
  }
  return flag(values, 'quiet') && exitCode === 0 ? { exitCode } : { text: render(report, format), exitCode };
}

function render(report: Report, format: Format): string {
  if (format === 'json') return JSON.stringify(report, null, 2);
  if (format === 'md') return renderMarkdown(report);
  if (format === 'html') return (require('../../report/html') as typeof Html).renderHtml(report);
  return renderText(report);
}

function formatOf(values: Values, output: string | undefined): Format {
  const given = optional(values, 'format');
  if (flag(values, 'json') && given !== undefined && given !== 'json') {
    throw new UsageError(`--json and --format ${given} say two things`);
  }
  if (flag(values, 'json')) return 'json';
  return (given as Format | undefined) ?? FORMAT_OF[extname(output ?? '').toLowerCase()] ?? 'text';
}

function thresholdsOf(values: Values): Partial<Record<ThresholdName, number>> {
  const changes = Object.fromEntries(list(values, 'threshold').map(thresholdIn));
  try {
    thresholdsWith(changes);
  } catch (error) {
    throw new UsageError(`--threshold: ${(error as Error).message}`);
  }
  return changes;
}

function thresholdIn(text: string): [name: string, value: number] {
  const [, name, number] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--threshold is NAME=NUMBER, not '${text}'`);
  return [name, Number(number)];
}

function policyOf(values: Values): LoadedPolicy | undefined {
  const file = optional(values, 'policy');
  if (file === undefined) return undefined;
  const { loadPolicy } = require('../../policy/load') as typeof Load;
  return attempt(() => loadPolicy(file), UNREADABLE);
}

/** With the absolute paths of our own files. */
function auditOf(policy: LoadedPolicy | undefined) {
  if (policy === undefined) return undefined;
  return (require('../../policy/load') as typeof Load).resolvedPolicy(policy).audit;
}

function inputsOf(
  positionals: readonly string[],
  policy: LoadedPolicy | undefined,
  io: Io,
): readonly string[] {
  if (positionals.length > 0) return positionals;
  const { dir, file } = auditOf(policy) ?? {};
  const log = dir ?? file;
  if (log !== undefined) return [log];
  if (!io.stdin.isTTY) return [STDIN];
  throw new UsageError(
    "'report' needs the log: files, a folder, - for standard input, or a policy with an audit log",
  );
}

function secretOf(values: Values, policy: LoadedPolicy | undefined, isVerified: boolean): Buffer | undefined {
  if (!isVerified) return undefined;
  const given = attempt(() => keyOf(values), UNREADABLE);
  const file = auditOf(policy)?.key_file;
  return given ?? (file === undefined ? undefined : attempt(() => readSecret(file), UNREADABLE));
}

async function withProgress(
  inputs: readonly string[],
  isVerified: boolean,
  options: Parameters<typeof buildReport>[1],
  io: Io,
): Promise<Report> {
  const progress = progressOn(io.stderr);
  const all = sizeOf(inputs);
  const passes = isVerified ? 2 : 1;
  const show = (read: number): void => {
    if (all === undefined) progress.show(`read ${size(read)}`);
    else progress.show(`read ${Math.floor((100 * read) / all / passes)} % of ${size(all)}`);
  };
  try {
    return await buildReport(inputs, { ...options, stdin: io.stdin, progress: show });
  } finally {
    progress.end();
  }
}

/** Bytes of all files; `undefined` where that is not known. */
function sizeOf(inputs: readonly string[]): number | undefined {
  if (inputs.includes(STDIN)) return undefined;
  const bytes = filesOf(inputs).reduce((sum, file) => sum + statSync(file).size, 0);
  return bytes === 0 ? undefined : bytes;
}
