/** Runs `otel-mcp monitor`. */
import { readFileSync } from 'node:fs';

import { STDIN } from '../../audit/inputs';
import { rankOf, SEVERITIES, type Severity } from '../../core/severity';
import { parseState, type SavedParts } from '../../monitor/state-file';
import { counted } from '../../report/show';
import { monitorsOf } from '../../simulate/monitoring/compile';
import type { FindingRow, MonitorReport } from '../../simulate/monitoring/model';
import { replayMonitor } from '../../simulate/monitoring/run';
import type { CommandContext, CommandResult } from '../command';
import { CommandError, UsageError } from '../command';
import { print, type Io } from '../io';
import { keepHeapSmall } from '../small-heap';
import { attempt, flag, list, moment, optional, wholeNumber } from '../values';
import { UNREADABLE } from './audit-inputs';
import { inputsOf, policyOf, withReadingShown } from './log-inputs';
import type { FAIL_ON } from './monitor';
import { monitorText } from './monitor-text';

type Values = CommandContext['values'];
type FailOn = (typeof FAIL_ON)[number];

/** Each of them is followed by the events that led to it. */
const LISTED = 20;
const LISTED_AS_JSON = 1_000;
const MOST = 10_000;

export async function runMonitor({ values, positionals, io, style }: CommandContext): Promise<CommandResult> {
  keepHeapSmall();
  checkTogether(values);
  const now = Date.now();
  const policy = policyOf(values);
  const inputs = inputsOf(positionals, policy, io, 'monitor');
  const [isMerged, isCompared] = [flag(values, 'merge'), flag(values, 'compare')];
  if (isMerged && inputs.length > 1 && inputs.includes(STDIN)) {
    throw new UsageError('--merge reads the beginning of every file first: not standard input beside others');
  }
  const compile = attempt(() => monitorsOf(policy), UNREADABLE);
  const request = {
    compile,
    state: stateOf(values),
    isStateKept: policy?.policy.monitor?.state_file !== undefined && !isMerged,
    policy: policy === undefined ? null : { id: policy.policy.id, digest: policy.digest },
    since: moment(values, 'since', now),
    until: moment(values, 'until', now),
    severity: (optional(values, 'severity') ?? 'low') as Severity,
    rules: rulesOf(
      values,
      compile(() => undefined).kinds.map(({ rule }) => rule),
    ),
    limit: limitOf(values),
    isMerged,
    isCompared,
    hasTimelines: !flag(values, 'brief') && !flag(values, 'jsonl'),
    now,
    stdin: io.stdin,
    each: flag(values, 'jsonl') ? (findings: readonly FindingRow[]) => printLines(io, findings) : undefined,
  };
  const report = await withReadingShown(inputs, io, (show) =>
    replayMonitor(inputs, { ...request, progress: (bytes) => show(bytes) }),
  );
  const { after_period, file_count, lines, records } = report.coverage;
  if (records + after_period === 0) {
    const where =
      lines === 0 ? inputs.join(', ') : `${counted(lines, 'line')} of ${counted(file_count, 'file')}`;
    throw new CommandError(`no audit record in ${where}`, UNREADABLE);
  }
  const exitCode = exitCodeOf(report, (optional(values, 'fail-on') ?? 'low') as FailOn);
  if (request.each !== undefined || (flag(values, 'quiet') && exitCode === 0)) return { exitCode };
  const text = flag(values, 'json')
    ? JSON.stringify(report, null, 2)
    : monitorText(report, {
        hasMonitor: policy?.policy.monitor !== undefined,
        style,
      });
  return { text, exitCode };
}

function checkTogether(values: Values): void {
  for (const [one, other, why] of [
    ['json', 'jsonl', 'say two things'],
    ['jsonl', 'compare', 'do not go together: --json has what was compared'],
    ['jsonl', 'quiet', 'do not go together: findings are printed as they are found'],
    ['merge', 'compare', 'do not go together: live, every process had a monitor of its own'],
  ] as const) {
    if (flag(values, one) && flag(values, other)) throw new UsageError(`--${one} and --${other} ${why}`);
  }
}

function rulesOf(values: Values, known: readonly string[]): readonly string[] {
  const rules = list(values, 'rule');
  const unknown = rules.find((rule) => !known.includes(rule));
  if (unknown === undefined) return rules;
  throw new UsageError(`--rule: there is no '${unknown}'; there are ${known.join(', ')}`);
}

/** Only read: the process that writes it may be running. */
function stateOf(values: Values): SavedParts | undefined {
  const file = optional(values, 'state');
  if (file === undefined) return undefined;
  const saved = parseState(attempt(() => readFileSync(file, 'utf8'), UNREADABLE));
  if (saved !== undefined) return saved;
  throw new CommandError(`${file} is no state file of the monitor, or one of another version`, UNREADABLE);
}

function limitOf(values: Values): number {
  const limit = wholeNumber(values, 'limit', 1) ?? (flag(values, 'json') ? LISTED_AS_JSON : LISTED);
  if (limit <= MOST) return limit;
  throw new UsageError(`--limit is at most ${MOST}: --jsonl prints all findings`);
}

async function printLines(io: Io, findings: readonly FindingRow[]): Promise<void> {
  await print(io.stdout, findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''));
}

/** As monitoring plug-ins: 0 nothing, 1 warning (low, medium), 2 critical (high, critical). */
function exitCodeOf({ comparison, summary }: MonitorReport, failOn: FailOn): 0 | 1 | 2 {
  const isOneSided = comparison !== null && comparison.only_here + comparison.only_live > 0;
  const found = SEVERITIES.filter((severity) => summary.by_severity[severity] > 0);
  const least = failOn === 'none' ? Infinity : rankOf(failOn);
  const worst = found.findLast((severity) => rankOf(severity) >= least);
  if (worst === 'high' || worst === 'critical') return 2;
  return worst !== undefined || isOneSided ? 1 : 0;
}
