/** What is kept of every call. */
import { z } from 'zod';

import { count, ownPath } from './values';

export const audit = z
  .strictObject({
    dir: ownPath.optional().describe('Folder for one file per process and day.'),
    file: ownPath.optional().describe('A log that lines are appended to; without rotation.'),
    prefix: z
      .string()
      .optional()
      .describe('Text before every line.')
      .meta({ 'x-default': '`MCP_AUDIT:` and a space with `file`, none with `dir`' }),
    level: z
      .enum(['none', 'metadata', 'request', 'full'])
      .default('metadata')
      .describe('How much of a call is kept: arguments from `request`, results from `full`.'),
    max_bytes: count
      .default(1024)
      .describe('Bytes of arguments or result that are kept.')
      .meta({ 'x-unit': 'bytes' }),
    redact: z
      .array(z.string().min(1))
      .default([])
      .describe('Names of arguments whose values are replaced by `[redacted]`.'),
    key_file: ownPath
      .optional()
      .describe('File with the secret, 32 bytes or more, that keys hashes and chain.')
      .meta({ 'x-default': '`MCP_AUDIT_KEY_FILE`' }),
    fsync: z
      .enum(['none', 'interval', 'always'])
      .default('none')
      .describe('`interval`: once a second in the background. `always`: before the call goes on.'),
    log_records: z
      .boolean()
      .default(false)
      .describe(
        'Whether every line is an OpenTelemetry log record, too. The SDK that this package starts exports log records then; an agent’s own as it is set up. Like the line, such a record names the user, whatever `OTEL_MCP_USER_LABEL` says.',
      ),
    on_failure: z
      .enum(['continue', 'block'])
      .default('continue')
      .describe('Whether calls are denied while no line can be written.'),
    retention_days: count
      .min(90)
      .default(90)
      .describe('Days before `audit prune` may delete a file.')
      .meta({ 'x-unit': 'days' }),
    rotate_bytes: count
      .default(268_435_456)
      .describe('Size at which a new file is begun.')
      .meta({ 'x-unit': 'bytes' }),
  })
  .refine((given) => (given.dir === undefined) !== (given.file === undefined), 'either `dir` or `file`');
