import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { LoadedPolicy } from '../../policy/load';
import type { Arrival } from '../../simulate/arrivals';
import type * as Learn from '../../simulate/learn';
import type * as Use from '../../simulate/observed-use';
import type * as ReadLog from '../../simulate/read-log';
import type * as Replays from '../../simulate/replay';
import type { Command } from '../command';
import { CommandError } from '../command';
import { progressOn } from '../progress';
import { flag, optional } from '../values';
import { ABOUT_LOGS, LOGS, logs, reading, UNREADABLE } from './audit-inputs';
import { NAME_FORM, nameOf, policyIn, writeNew } from './policy-options';

const NOTHING = 1;

export const policyLearn: Command = {
  summary: 'write a policy for what an audit log shows: servers, tools, limits',
  description:
    'Writes a commented policy that allows the servers and tools that were used, by agent, and limits calls to twice what\n' +
    'was usual of one user and tool in a minute (the 99th percentile), and no less than what was seen. It observes, and\n' +
    'denies none of the calls of the log that were made: that is checked by running it over them. The old policy, where there\n' +
    'was one, says how servers are started or reached, which the log does not.\n' +
    ABOUT_LOGS,
  operands: LOGS,
  options: {
    policy: {
      type: 'string',
      value: 'FILE',
      description: 'policy that was in force when the log was written',
    },
    id: {
      type: 'string',
      value: 'NAME',
      description: `name of the new policy, ${NAME_FORM}; default: learned`,
    },
    out: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      description: 'file to write; default: standard output',
    },
    force: { type: 'boolean', description: 'overwrite the file' },
  },
  examples: [
    {
      line: 'otel-mcp policy learn audit/ --policy policy.yaml -o learned.yaml',
      what: 'from a policy that observes',
    },
    { line: 'zcat old/*.gz | otel-mcp policy learn -', what: 'to standard output' },
  ],
  exitCodes: {
    [NOTHING]: 'there is no call in the log, or the file is there',
    [UNREADABLE]: 'the log cannot be read',
  },
  async run({ values, positionals, io }) {
    const inputs = logs(positionals, 'policy learn');
    const id = nameOf(values, 'id');
    const recordedFile = optional(values, 'policy');
    const recorded = recordedFile === undefined ? undefined : policyIn(recordedFile);
    const { readCalls } = require('../../simulate/read-log') as typeof ReadLog;
    const progress = progressOn(io.stderr);
    const { arrivals } = await reading(() =>
      readCalls(inputs, io.stdin, (records) => progress.show(`${records} records read`)),
    );
    progress.end();
    if (arrivals.length === 0)
      throw new CommandError('there is no call in the log that guards decide about', NOTHING);
    const { observedUse } = require('../../simulate/observed-use') as typeof Use;
    const { learnedPolicy } = require('../../simulate/learn') as typeof Learn;
    const text = learnedPolicy(observedUse(arrivals), { id, recorded });
    io.stderr.write(`${checkedOver(text, arrivals, recorded)}\n`);
    const out = optional(values, 'out');
    if (out === undefined) return text.trimEnd();
    writeNew(out, text, flag(values, 'force'));
    return `written to ${out}; look at it, then: otel-mcp policy check ${out}`;
  },
};

/** What is written is read as an agent reads it, and run over the calls that it was learned from. */
function checkedOver(text: string, arrivals: readonly Arrival[], recorded: LoadedPolicy | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'otel-mcp-learn-'));
  try {
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    const { Replay } = require('../../simulate/replay') as typeof Replays;
    const replay = new Replay(policyIn(file), { recorded });
    const made = arrivals.filter(({ action }) => action !== 'blocked');
    const denied = made.filter((arrival) => replay.next(arrival).decided.verdict !== 'allow').length;
    return `run over the ${made.length} calls of the log that were made, it would deny ${denied}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
