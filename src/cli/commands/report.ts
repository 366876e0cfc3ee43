import { THRESHOLDS } from '../../policy/thresholds';
import { FAIL_ON } from '../../report/fail-on';
import type { Command } from '../command';
import { ABOUT_LOGS, KEY_FILE, reading, UNREADABLE } from './audit-inputs';
import type * as Run from './report-run';

const WARNING = 1;
const CRITICAL = 2;

/** In the order in which help lists them. */
export const FORMATS = ['text', 'json', 'md', 'html'] as const;
export type Format = (typeof FORMATS)[number];

const DEFAULTS = Object.entries(THRESHOLDS).map(([name, { standard }]) => `  ${name}=${standard}`);

export const report: Command = {
  summary: 'the daily report of an audit log: calls, denials, alerts, objectives, limits',
  description:
    'Reads an audit log once, of any size in constant memory, and says what was called and denied, by whom, how fast it was,\n' +
    'and whether anything needs a person.\n' +
    `${ABOUT_LOGS}\n` +
    'Without them: the audit log of --policy, else standard input.\n' +
    'An alert per hour means any 60 minutes of the log; denials that were only observed count, and are told apart. Severities\n' +
    'low and medium are warnings, high and critical are critical. Lines that are no record are counted, not fatal.\n' +
    `Thresholds, as they are without a policy:\n${DEFAULTS.join('\n')}`,
  operands: '[FILE|DIR|GLOB|- ...]',
  options: {
    since: {
      type: 'string',
      value: 'TIME',
      description: 'only records from then on: a time, a date, or how long ago (24h, 7d, 30d)',
    },
    until: { type: 'string', value: 'TIME', description: 'only records before then' },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: FORMATS,
      description: 'text, json, md or html; default: by the name of --output, else text',
    },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      description: 'write to a file, which is replaced as a whole, and print nothing',
    },
    json: { type: 'boolean', description: 'the same as --format json' },
    'fail-on': {
      type: 'string',
      value: 'LEVEL',
      choices: FAIL_ON,
      description: 'from which alerts on the exit code is not 0: none, warning (the default) or critical',
    },
    quiet: {
      type: 'boolean',
      short: 'q',
      description: 'print only when there is an alert that --fail-on names: cron then mails only then',
    },
    top: { type: 'string', value: 'N', description: 'rows of a table at most; default: 10' },
    policy: {
      type: 'string',
      value: 'FILE',
      description:
        'policy whose report.thresholds are used, and whose limits stand beside the suggested ones',
    },
    threshold: {
      type: 'string',
      value: 'NAME=NUMBER',
      multiple: true,
      description: 'a threshold, instead of the policy’s',
    },
    verify: {
      type: 'boolean',
      description: 'check the hash chains, too: a log that was changed is a critical alert',
    },
    'key-file': KEY_FILE,
  },
  examples: [
    { line: 'otel-mcp report audit/ --since 24h', what: 'a day' },
    { line: 'otel-mcp report autonomous_run.log', what: 'a log with MCP_AUDIT: lines among others' },
    { line: 'otel-mcp report audit/ --since 7d -o week.html', what: 'a page with charts' },
    { line: 'otel-mcp report audit/ --format json > mcp_security_report.json', what: 'for a program' },
    { line: 'otel-mcp report audit/ --since 24h --verify --quiet', what: 'from cron' },
    { line: 'kubectl logs deploy/agent | otel-mcp report -', what: 'of standard input' },
  ],
  exitCodes: {
    [WARNING]: 'an alert of severity low or medium',
    [CRITICAL]: 'an alert of severity high or critical, such as a log that was changed (--verify)',
    [UNREADABLE]: 'unknown: no record, or the log cannot be read',
  },
  run(context) {
    // Whatever goes wrong is `unknown`, and must not look like a warning.
    return reading(() => (require('./report-run') as typeof Run).runReport(context));
  },
};
