import type * as Differences from '../../simulate/differences';
import type * as ReadLog from '../../simulate/read-log';
import type * as ReplayDiffs from '../../simulate/replay-diff';
import type { Command, CommandContext } from '../command';
import { UsageError } from '../command';
import { progressOn } from '../progress';
import { flag, list, wholeNumber } from '../values';
import { ABOUT_LOGS, reading, UNREADABLE } from './audit-inputs';
import type * as Text from './policy-diff-text';
import { operandsOf, policyIn } from './policy-options';

const INVALID = 1;

export const policyDiff: Command = {
  summary: 'say what a changed policy would do otherwise',
  description:
    'Says what differs between two policies and, with --replay, runs both over the calls of an audit log: which calls the\n' +
    'new one would newly deny and newly allow, by rule and user. The old policy is the one that was in force when the log was\n' +
    'written. The clock is the log’s; limits count for each process by itself, unless they are kept in Redis.\n' +
    'A denial that the policy only observes is told apart from one that blocks. What the log does not tell is listed: with\n' +
    'level `metadata` it has no arguments, which path, url and content guards look into; with `request` no results. Where both\n' +
    'policies say the same of such a guard, what it found when the line was written holds.\n' +
    'Circuit breakers depend on what denied calls would have met, and are an estimate. Variables of the environment refine\n' +
    'both policies as they do for an agent. A call of the log takes about half a kilobyte of memory.\n' +
    ABOUT_LOGS,
  operands: '<OLD> <NEW>',
  options: {
    replay: {
      type: 'string',
      value: 'LOG',
      multiple: true,
      description: 'audit log: file, folder, glob, or -',
    },
    server: {
      type: 'string',
      value: 'ID=TRANSPORT',
      multiple: true,
      description: 'URL or command line of a `server_id` of the log, where the policies do not say',
    },
    examples: { type: 'string', value: 'N', description: 'most examples of calls of each kind; default: 5' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  examples: [
    { line: 'otel-mcp policy diff policy.yaml stricter.yaml', what: 'what differs' },
    {
      line: 'otel-mcp policy diff policy.yaml stricter.yaml --replay audit/',
      what: 'what that would have denied',
    },
  ],
  exitCodes: { [INVALID]: 'a policy is not valid', [UNREADABLE]: 'the log cannot be read' },
  async run(context) {
    const { values, positionals, style } = context;
    const [oldFile, newFile] = operandsOf(positionals, ['OLD', 'NEW'], 'policy diff') as [string, string];
    const [old, now] = [policyIn(oldFile), policyIn(newFile)];
    const { differencesOf } = require('../../simulate/differences') as typeof Differences;
    const logs = list(values, 'replay');
    const report = {
      old: { file: oldFile, id: old.policy.id, mode: old.policy.mode, digest: old.digest },
      new: { file: newFile, id: now.policy.id, mode: now.policy.mode, digest: now.digest },
      differences: differencesOf(old, now),
      replay: logs.length === 0 ? undefined : await replayed(context, old, now, logs),
    };
    if (flag(values, 'json')) return JSON.stringify(report, null, 2);
    return (require('./policy-diff-text') as typeof Text).diffText(report, style);
  },
};

type Loaded = ReturnType<typeof policyIn>;

async function replayed({ values, io }: CommandContext, old: Loaded, now: Loaded, logs: readonly string[]) {
  const examples = wholeNumber(values, 'examples') ?? 5;
  const transports = transportsOf(list(values, 'server'));
  const { readCalls } = require('../../simulate/read-log') as typeof ReadLog;
  const { replayDiff } = require('../../simulate/replay-diff') as typeof ReplayDiffs;
  const progress = progressOn(io.stderr);
  const log = await reading(() =>
    readCalls(logs, io.stdin, (records) => progress.show(`${records} records read`)),
  );
  let count = 0;
  const each = (): void => {
    count += 1;
    if (count % 1_000 === 0) progress.show(`${count} of ${log.arrivals.length} calls replayed`);
  };
  const diff = replayDiff(old, now, log.arrivals, { examples, transports, each });
  progress.end();
  const { records, badLines: bad_lines, unusable } = log;
  return { log: { records, bad_lines, unusable }, ...diff };
}

function transportsOf(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1 || at === pair.length - 1) {
        throw new UsageError(
          `--server is ID=TRANSPORT, such as files='npx -y @example/files', not '${pair}'`,
        );
      }
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
}
