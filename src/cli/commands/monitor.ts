import { SEVERITIES } from '../../core/severity';
import type { Command } from '../command';
import { ABOUT_LOGS, reading, UNREADABLE } from './audit-inputs';
import type * as Run from './monitor-run';

const WARNING = 1;
const CRITICAL = 2;

export const FAIL_ON = ['none', ...SEVERITIES] as const;

export const monitor: Command = {
  summary: 'run rules and detectors over an audit log: what the monitor would have raised',
  description:
    'Reads an audit log through the rules and anomaly detectors of a policy and says what they raise, with the events that led\n' +
    'to each finding. Nothing is written, and nothing is sent.\n' +
    `${ABOUT_LOGS}\n` +
    'Without them: the audit log of --policy, else standard input. Without --policy, or where it has no `monitor` section: the\n' +
    'rules and detectors that come with the package; which tools are `sensitive`, `admin` or `egress` only the `classification`\n' +
    'of a policy says.\n' +
    'Each process that wrote the log is looked at by itself, from its beginning on, as its own monitor did: the same policy\n' +
    'raises what was raised live (--compare). With a monitor.state_file in the policy it goes on with what the one before it had\n' +
    'learned. What stands before --since is looked at, too, and what it raises is not shown.',
  operands: '[FILE|DIR|GLOB|- ...]',
  options: {
    policy: {
      type: 'string',
      value: 'FILE',
      description: 'policy whose rules, detectors and classification are used',
    },
    since: {
      type: 'string',
      value: 'TIME',
      description: 'only findings from then on: a time, a date, or how long ago (24h, 7d, 30d)',
    },
    until: { type: 'string', value: 'TIME', description: 'only what was before then' },
    severity: {
      type: 'string',
      value: 'SEVERITY',
      choices: SEVERITIES,
      description: 'only findings of this severity or a worse one: low (the default), medium, high, critical',
    },
    rule: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      description: 'only findings of this rule or detector',
    },
    limit: {
      type: 'string',
      value: 'N',
      description:
        'findings that are listed at most, of many the worst, of those the latest; default: 20, with --json 1000',
    },
    brief: { type: 'boolean', description: 'without the events that led to each finding' },
    merge: {
      type: 'boolean',
      description: 'one monitor looks at the lines of all processes, in the order of their times',
    },
    compare: {
      type: 'boolean',
      description:
        'tell which of these findings were raised live, by the mcp_security_alert lines of the log',
    },
    state: {
      type: 'string',
      value: 'FILE',
      description: 'what is usual, as a monitor.state_file has it, to begin with; it is only read',
    },
    'fail-on': {
      type: 'string',
      value: 'SEVERITY',
      choices: FAIL_ON,
      description:
        'from which findings on the exit code is not 0: none, low (the default), medium, high, critical',
    },
    quiet: {
      type: 'boolean',
      short: 'q',
      description: 'print only when the exit code is not 0: cron then mails only then',
    },
    json: { type: 'boolean', description: 'print JSON' },
    jsonl: {
      type: 'boolean',
      description: 'print all findings as they are found, one in a line as JSON, without what led to them',
    },
  },
  examples: [
    {
      line: 'otel-mcp monitor --policy policy.yaml --since 7d',
      what: 'what would have been raised last week',
    },
    {
      line: 'otel-mcp monitor --policy new.yaml audit/ --severity high',
      what: 'try other rules on an old log',
    },
    { line: 'otel-mcp monitor --policy policy.yaml --compare --brief', what: 'beside what was raised live' },
    { line: 'kubectl logs deploy/agent | otel-mcp monitor -', what: 'of standard input' },
    { line: 'otel-mcp monitor audit/ --jsonl | jq -r .description', what: 'for a program to read' },
  ],
  exitCodes: {
    [WARNING]: 'a finding of severity low or medium; with --compare also: raised live or here alone',
    [CRITICAL]: 'a finding of severity high or critical',
    [UNREADABLE]: 'unknown: no record, or the log, the policy or the state cannot be read',
  },
  run(context) {
    // Whatever goes wrong is `unknown`, and must not look like a finding.
    return reading(() => (require('./monitor-run') as typeof Run).runMonitor(context));
  },
};
