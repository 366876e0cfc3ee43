import type * as Prune from '../../audit/prune';
import type * as Load from '../../policy/load';
import type { Command } from '../command';
import { CommandError, UsageError } from '../command';
import { attempt, duration, flag, optional } from '../values';

const DAY_MS = 86_400_000;

export const auditPrune: Command = {
  summary: 'delete old audit files',
  description:
    'Deletes whole files that are older than asked for, and than the policy keeps (`audit.retention_days`), and than 90 days.\n' +
    'Only files that the writer named are looked at. Nothing else of this package ever deletes one.',
  operands: '<DIR>',
  options: {
    'older-than': { type: 'string', value: 'DAYS', description: 'such as 180d; never below 90 days' },
    policy: { type: 'string', value: 'FILE', description: 'policy whose retention holds' },
    'dry-run': { type: 'boolean', short: 'n', description: 'delete nothing, say what would be deleted' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  examples: [
    { line: 'otel-mcp audit prune --older-than 180d --dry-run /var/log/mcp', what: 'look first' },
    { line: 'otel-mcp audit prune --policy policy.yaml /var/log/mcp', what: 'from cron, once a day' },
  ],
  exitCodes: { 1: 'a file could not be deleted, or the folder or the policy not be read' },
  run({ values, positionals }) {
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) throw new UsageError(`'audit prune' needs one folder`);
    const { pruneAudit } = require('../../audit/prune') as typeof Prune;
    const olderThan = duration(values, 'older-than');
    const options = {
      ...(olderThan === undefined ? {} : { olderThanDays: Math.ceil(olderThan / DAY_MS) }),
      retentionDays: retention(optional(values, 'policy')),
      dryRun: flag(values, 'dry-run'),
    };
    const result = attempt(() => pruneAudit(folder, options));
    const failed = result.files.filter(({ error }) => error !== undefined);
    const exitCode = failed.length === 0 ? 0 : 1;
    return {
      text: flag(values, 'json') ? JSON.stringify(result, null, 2) : render(result, options.dryRun),
      exitCode,
    };
  },
};

function retention(file: string | undefined): number | undefined {
  if (file === undefined) return undefined;
  const { loadPolicy } = require('../../policy/load') as typeof Load;
  const { audit } = attempt(() => loadPolicy(file)).policy;
  if (audit === undefined)
    throw new CommandError(`${file} has no audit section, and so keeps no audit files`);
  return audit.retention_days;
}

function render({ days, files }: Prune.PruneResult, isDryRun: boolean): string {
  const rows = files.map(({ path, error }) =>
    error === undefined ? path : `${path}: not deleted, ${error}`,
  );
  const gone = files.filter(({ error }) => error === undefined);
  const bytes = gone.reduce((sum, file) => sum + file.bytes, 0);
  const verb = isDryRun ? 'would be deleted' : 'deleted';
  return [...rows, `${gone.length} files (${bytes} bytes) older than ${days} days ${verb}`].join('\n');
}
