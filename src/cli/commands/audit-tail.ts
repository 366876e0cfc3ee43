import { setInterval } from 'node:timers/promises';

import type { AuditRecord } from '../../audit/schema';
import type { Command, CommandContext } from '../command';
import { print } from '../io';
import type { Style } from '../style';
import { flag, moment, optional, wholeNumber } from '../values';
import { ABOUT_LOGS, logs, reading, UNREADABLE } from './audit-inputs';
import type * as Follow from './audit-follow';
import type { Line } from './audit-follow';

const LINES = 10;
/** Milliseconds between two looks at the files. */
const LOOK_AGAIN_MS = 300;

/** Option to field: what of a record has to be equal. */
const FILTERS = {
  event: 'event',
  user: 'user_id',
  agent: 'agent_name',
  server: 'server_id',
  tool: 'tool_name',
  guard: 'guard',
  action: 'action',
} as const satisfies Record<string, keyof AuditRecord>;

export const auditTail: Command = {
  summary: 'show the last records of an audit log, and those to come',
  description:
    `One line per record: time, what happened, tool, server, user, duration, who decided.\n${ABOUT_LOGS}\n` +
    'Filters may have * for any text. With --follow a folder’s new files are found too; Ctrl-C ends it.',
  operands: '<FILE|DIR|GLOB|-> ...',
  options: {
    follow: { type: 'boolean', short: 'f', description: 'go on with what is written from now on' },
    lines: {
      type: 'string',
      short: 'n',
      value: 'N',
      description: `how many of the last records; default ${LINES}`,
    },
    since: {
      type: 'string',
      value: 'TIME',
      description: 'only records from then on: 2026-01-31, or 1h ago as 1h',
    },
    event: { type: 'string', value: 'EVENT', description: 'only this event, such as mcp_access_denied' },
    user: { type: 'string', value: 'ID', description: 'only this user' },
    agent: { type: 'string', value: 'NAME', description: 'only this agent' },
    server: { type: 'string', value: 'ID', description: 'only this server' },
    tool: { type: 'string', value: 'NAME', description: 'only this tool' },
    guard: { type: 'string', value: 'GUARD', description: 'only what this guard decided' },
    action: {
      type: 'string',
      value: 'ACTION',
      description: 'only blocked, observed, modified, failed_open or allowed',
    },
    json: { type: 'boolean', description: 'print the records as they were written' },
  },
  examples: [
    { line: 'otel-mcp audit tail -f audit/', what: 'as it happens' },
    {
      line: 'otel-mcp audit tail -n 50 --action blocked --user maria audit/',
      what: 'what was denied to one user',
    },
  ],
  exitCodes: { [UNREADABLE]: 'the log cannot be read' },
  async run({ values, positionals, io, style }) {
    const inputs = logs(positionals, 'audit tail');
    const { Followed, Last, recordLines } = require('./audit-follow') as typeof Follow;
    const isWanted = filterOf(values);
    const show = (lines: readonly Line[]): Promise<void> =>
      print(io.stdout, lines.map((line) => `${shown(line, values, style)}\n`).join(''));
    const last = new Last(wholeNumber(values, 'lines') ?? LINES);
    await reading(async () => {
      if (!flag(values, 'follow')) {
        for await (const line of recordLines(inputs, io.stdin)) if (isWanted(line.record)) last.add(line);
        return show(last.lines());
      }
      const followed = new Followed(inputs);
      for (const line of followed.read()) if (isWanted(line.record)) last.add(line);
      await show(last.lines());
      for await (const _ of setInterval(LOOK_AGAIN_MS)) {
        await show([...followed.read()].filter(({ record }) => isWanted(record)));
      }
    });
    return { exitCode: 0 };
  },
};

function shown({ record, text }: Line, values: CommandContext['values'], style: Style): string {
  return flag(values, 'json') ? text : render(record, style);
}

function filterOf(values: CommandContext['values']): (record: AuditRecord) => boolean {
  const since = moment(values, 'since', Date.now());
  const wanted = Object.entries(FILTERS).flatMap(([name, field]) => {
    const pattern = optional(values, name);
    return pattern === undefined ? [] : [{ field, matches: matcher(pattern) }];
  });
  return (record) =>
    (since === undefined || Date.parse(record.timestamp) >= since) &&
    wanted.every(({ field, matches }) => matches.test(record[field] ?? ''));
}

function matcher(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[$()+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function render(record: AuditRecord, style: Style): string {
  const {
    timestamp,
    event,
    tool_name,
    server_id,
    user_id,
    latency_ms,
    guard,
    rule,
    reason,
    action,
    finding,
  } = record;
  const words = textOf(finding?.description);
  const who = [tool_name ?? '-', server_id ?? '-', user_id ?? '-'].map(visible);
  const why = [guard, rule ?? textOf(finding?.rule), reason].filter((part) => part !== undefined);
  return [
    style.dim(timestamp),
    colour(record, style)(statusOf(record).padEnd(8)),
    event.padEnd(19),
    ...who,
    ...(latency_ms === undefined || action === 'blocked' ? [] : [`${Math.round(latency_ms)} ms`]),
    ...(words === undefined ? [] : [visible(words)]),
    ...(why.length === 0 ? [] : [style.dim(`(${why.map(visible).join(', ')})`)]),
  ].join('  ');
}

/** Anybody may have written the line. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function statusOf({ action, outcome, error_type, event, finding, success }: AuditRecord): string {
  if (event === 'audit_start' || event === 'audit_end') return '';
  if (event === 'mcp_security_alert') return visible(textOf(finding?.severity) ?? 'alert');
  if (event === 'mcp_auth') return success === true ? 'success' : (error_type ?? 'failure');
  if (action === 'blocked' || action === 'observed') return action;
  return outcome === 'error' ? (error_type ?? 'error') : (outcome ?? '');
}

function colour({ action, event, finding, success }: AuditRecord, style: Style): (text: string) => string {
  if (event === 'mcp_security_alert') {
    const isMild = finding?.severity === 'low' || finding?.severity === 'medium';
    return isMild ? (text) => style.yellow(text) : (text) => style.red(text);
  }
  if (action === 'blocked') return (text) => style.red(text);
  if (action === 'observed') return (text) => style.yellow(text);
  return success === false ? (text) => style.red(text) : (text) => style.green(text);
}

/** Names come from servers: nothing of them may steer the terminal. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}
