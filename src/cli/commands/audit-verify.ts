import type { VerifyResult } from '../../audit/verify';
import type * as Verify from '../../audit/verify';
import type { Anchor } from '../../audit/writer';
import type { Command } from '../command';
import { CommandError } from '../command';
import type { Style } from '../style';
import { flag, optional, readFile } from '../values';
import { ABOUT_LOGS, KEY_FILE, LOGS, logs, reading, UNREADABLE } from './audit-inputs';
import type * as Key from './audit-key';

const GAP = 1;
const BROKEN = 2;

export const auditVerify: Command = {
  summary: 'tell whether an audit log is as it was written',
  description:
    'Checks every record by its hash and every writer’s records by their chain, and tells edits, deletions, reordering,\n' +
    `splices and truncation apart from crashes and lost lines.\n${ABOUT_LOGS}\n` +
    'Without the key a keyed log is checked by its links alone. A log that was written without a key proves nothing against\n' +
    'somebody who can write to it.',
  operands: LOGS,
  options: {
    'key-file': KEY_FILE,
    anchors: {
      type: 'string',
      value: 'FILE',
      description:
        'heads known from telemetry, as JSON Lines with writer, seq and hash: finds what was cut off',
    },
    quiet: { type: 'boolean', short: 'q', description: 'print nothing when the log is intact' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  examples: [
    { line: 'otel-mcp audit verify audit/ --key-file /etc/mcp/audit.key', what: 'a folder' },
    {
      line: 'otel-mcp audit verify --quiet audit/ || mail -s "audit log" ops@example.com',
      what: 'from cron',
    },
  ],
  exitCodes: {
    [GAP]: 'nothing was changed, but lines are missing: a crash, a full disk',
    [BROKEN]: 'the log was changed, or the key is another one',
    [UNREADABLE]: 'there is no record, or the log cannot be read',
  },
  async run({ values, positionals, io, style }) {
    const inputs = logs(positionals, 'audit verify');
    const { keyOf } = require('./audit-key') as typeof Key;
    const { verifyAudit } = require('../../audit/verify') as typeof Verify;
    const secret = keyOf(values);
    const anchors = anchorsOf(optional(values, 'anchors'));
    const result = await reading(() => verifyAudit(inputs, { secret, anchors, stdin: io.stdin }));
    // Nothing is intact that is not there.
    if (result.records === 0 && result.problems.length === 0) {
      throw new CommandError(`no audit record in ${inputs.join(', ')}`, UNREADABLE);
    }
    const exitCode = exitCodeOf(result);
    if (flag(values, 'quiet') && exitCode === 0) return { exitCode };
    return { text: flag(values, 'json') ? JSON.stringify(result, null, 2) : render(result, style), exitCode };
  },
};

function exitCodeOf({ problems }: VerifyResult): number {
  if (problems.some(({ severity }) => severity === 'broken')) return BROKEN;
  return problems.some(({ severity }) => severity === 'gap') ? GAP : 0;
}

function anchorsOf(file: string | undefined): readonly Anchor[] {
  if (file === undefined) return [];
  const lines = readFile(file).split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [anchorIn(line, `${file}:${index + 1}`)]));
}

function anchorIn(line: string, place: string): Anchor {
  try {
    const { writer, seq, hash } = JSON.parse(line) as Partial<Anchor>;
    if (typeof writer === 'string' && Number.isSafeInteger(seq) && typeof hash === 'string') {
      return { writer, seq: seq!, hash };
    }
  } catch {
    // Said below.
  }
  throw new CommandError(`${place}: an anchor is a JSON object with writer, seq and hash`);
}

const PROOFS: Readonly<Record<VerifyResult['writers'][number]['proof'], string>> = {
  keyed: 'nobody without the key changed it',
  unkeyed: 'written without a key: nothing was changed by accident',
  links: 'only the order was checked: no key given',
};

const VERDICTS = ['intact', 'intact, but lines are missing', 'BROKEN'] as const;

function render(result: VerifyResult, style: Style): string {
  const { records, unchained, others, writers, problems, furtherProblems } = result;
  const foreign = unchained + others;
  return [
    style.bold(VERDICTS[exitCodeOf(result)]!),
    `${records} records of ${writers.length} writers${foreign === 0 ? '' : `; ${foreign} other lines, which no chain protects`}`,
    ...writers.map(
      ({ writer, firstSeq, lastSeq, proof }) =>
        `  ${writer}  ${firstSeq} to ${lastSeq}  ${style.dim(PROOFS[proof])}`,
    ),
    ...problems.map(({ kind, file, line, text }) => `${file}:${line}: ${kind}: ${text}`),
    ...(furtherProblems === 0 ? [] : [`and ${furtherProblems} more`]),
  ].join('\n');
}
