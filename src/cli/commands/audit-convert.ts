import type * as Convert from '../../audit/convert';
import type * as Reader from '../../audit/reader';
import type { Command } from '../command';
import { print } from '../io';
import { optional } from '../values';
import { ABOUT_LOGS, LOGS, logs, reading, UNREADABLE } from './audit-inputs';

/** As `AUDIT_FORMATS` of `audit/convert`, which is loaded when it is needed. */
const FORMATS = ['ocsf', 'cef', 'cloudevents'] as const satisfies readonly Convert.AuditFormat[];

export const auditConvert: Command = {
  summary: 'write audit records in the form of another system',
  description:
    `One line per record on stdout. ocsf: API Activity (6003); cef: ArcSight; cloudevents: JSON.\n${ABOUT_LOGS}\n` +
    'Lines that hold no record are counted on stderr.',
  operands: LOGS,
  options: {
    to: { type: 'string', choices: FORMATS, required: true, description: 'form of the output' },
  },
  examples: [
    { line: 'otel-mcp audit convert --to ocsf audit/*.jsonl > audit.ocsf.jsonl', what: 'for a SIEM' },
  ],
  exitCodes: { [UNREADABLE]: 'the log cannot be read' },
  async run({ values, positionals, io }) {
    const inputs = logs(positionals, 'audit convert');
    const format = optional(values, 'to') as Convert.AuditFormat;
    const { convertRecord } = require('../../audit/convert') as typeof Convert;
    const { readAuditLines } = require('../../audit/reader') as typeof Reader;
    let skipped = 0;
    await reading(async () => {
      for await (const lines of readAuditLines(inputs, io.stdin)) {
        let text = '';
        for (const { record, text: original } of lines) {
          if (record === undefined) skipped += 1;
          else text += `${convertRecord(record, original, format)}\n`;
        }
        await print(io.stdout, text);
      }
    });
    if (skipped > 0) io.stderr.write(`otel-mcp: ${skipped} lines hold no audit record\n`);
    return { exitCode: 0 };
  },
};
