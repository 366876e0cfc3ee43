/** Runs `otel-mcp report`. */
import { extname } from 'node:path';

import { STDIN } from '../../audit/inputs';
import { readSecret } from '../../audit/keys';
import type { LoadedPolicy } from '../../policy/load';
import { thresholdsWith, type ThresholdName } from '../../policy/thresholds';
import { buildReport } from '../../report/build';
import { exitCodeOf, type FailOn } from '../../report/fail-on';
import type * as Html from '../../report/html';
import { renderMarkdown } from '../../report/markdown';
import type { Report } from '../../report/model';
import { counted } from '../../report/show';
import { renderText } from '../../report/text';
import type { CommandContext, CommandResult } from '../command';
import { CommandError, UsageError } from '../command';
import { keepHeapSmall } from '../small-heap';
import { attempt, flag, list, moment, optional, wholeNumber } from '../values';
import { UNREADABLE } from './audit-inputs';
import { keyOf } from './audit-key';
import { auditOf, inputsOf, policyOf, withReadingShown } from './log-inputs';
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

export async function runReport({ values, positionals, io }: CommandContext): Promise<CommandResult> {
  keepHeapSmall();
  const now = Date.now();
  const period = { since: moment(values, 'since', now), until: moment(values, 'until', now) };
  const [top, thresholds] = [wholeNumber(values, 'top', 1) ?? DEFAULT_TOP, thresholdsOf(values)];
  const output = optional(values, 'output');
  const format = formatOf(values, output);
  const policy = policyOf(values);
  const inputs = inputsOf(positionals, policy, io, 'report');
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
  const report = await withReadingShown(inputs, io, (show) =>
    buildReport(inputs, {
      ...options,
      stdin: io.stdin,
      progress: (bytes) => show(bytes, verify ? 2 : 1),
    }),
  );
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

function secretOf(values: Values, policy: LoadedPolicy | undefined, isVerified: boolean): Buffer | undefined {
  if (!isVerified) return undefined;
  const given = attempt(() => keyOf(values), UNREADABLE);
  const file = auditOf(policy)?.key_file;
  return given ?? (file === undefined ? undefined : attempt(() => readSecret(file), UNREADABLE));
}
