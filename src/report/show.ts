/** Names and numbers as a person reads them. */
import type { Alert, Coverage, Report } from './model';

/** Control, format and unassigned characters, and every space but the common one between others. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}|^ | $/gu;
const MOST_CHARACTERS = 80;

/** `a[U+202E]b`: what a name hides is shown, and nothing of it changes what stands around it. At most 80 characters. */
export function visible(name: string): string {
  const characters = Array.from(name);
  const shown =
    characters.length > MOST_CHARACTERS ? [...characters.slice(0, MOST_CHARACTERS - 1), '…'] : characters;
  return shown.join('').replace(HIDDEN, codePoint);
}

/** A text of ours that repeats what a log holds: all of it, on one line. */
export function visibleLine(text: string): string {
  return text.replace(HIDDEN, codePoint);
}

function codePoint(character: string): string {
  return `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`;
}

const INTEGER = new Intl.NumberFormat('en-US');

/** `12,345` */
export const count = (value: number): string => INTEGER.format(value);

/** `1 line`, `12 lines` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Of a share from 0 to 1: `2.8 %`; what is not quite nothing is not shown as nothing. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = share * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  if (value < 100 && value > 99.9) return '> 99.9 %';
  return `${value.toFixed(1)} %`;
}

/** `45 ms`, `1.2 s`, `3.4 min` */
export function time(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 10) return `${oneDigit(ms)} ms`;
  if (ms < 1_000) return `${ms.toFixed(0)} ms`;
  return ms < 60_000 ? `${oneDigit(ms / 1_000)} s` : `${oneDigit(ms / 60_000)} min`;
}

const oneDigit = (value: number): number => Number(value.toFixed(1));

/** `2026-01-31 10:05 UTC` */
export function moment(iso: string | null): string {
  return iso === null ? '–' : `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** `1 MB` */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit += 1) value /= 1_000;
  return unit === 0 ? counted(bytes, 'byte') : `${value.toFixed(1)} ${units[unit]}`;
}

/** `2 alerts: 1 high, 1 medium` */
export function alertSummary(alerts: readonly Alert[]): string {
  if (alerts.length === 0) return 'No alerts';
  const severities = [...new Set(alerts.map(({ severity }) => severity))];
  const parts = severities.map(
    (severity) => `${alerts.filter((alert) => alert.severity === severity).length} ${severity}`,
  );
  return `${counted(alerts.length, 'alert')}: ${parts.join(', ')}`;
}

/** What was read, and what could not be; each a sentence. */
export function coverageLines({ coverage, period, integrity }: Report): string[] {
  const { first, last, file_count, skipped_files, bytes, lines, records, outside_period } = coverage;
  const { lost_lines, starts, ends } = coverage;
  const bounds = [
    ...(period.since === null ? [] : [`since ${moment(period.since)}`]),
    ...(period.until === null ? [] : [`until ${moment(period.until)}`]),
  ];
  return [
    first === null
      ? `No record${bounds.length === 0 ? '' : ` ${bounds.join(' ')}`}.`
      : `${moment(first)} to ${moment(last)}${bounds.length === 0 ? '' : ` (asked for: ${bounds.join(' ')})`}.`,
    `${counted(records, 'record')} in ${counted(lines, 'line')} of ${counted(file_count, 'file')}, ${size(bytes)}.`,
    ...(skipped_files === 0 ? [] : [`${counted(skipped_files, 'file')} of other days, not read.`]),
    ...(outside_period === 0 ? [] : [`${counted(outside_period, 'record')} outside the period.`]),
    badLines(coverage),
    ...(lost_lines === 0
      ? []
      : [`${counted(lost_lines, 'line')} that the writers could not write, or lost.`]),
    ...(starts === 0 && ends === 0
      ? []
      : [`${counted(starts, 'writer')} began, ${count(ends)} ended by themselves.`]),
    ...(integrity === null ? ['The log was not verified.'] : integrityLines(integrity)),
  ];
}

function badLines({ bad_lines, foreign_lines }: Coverage): string {
  const { total, torn, unreadable, too_long, unusable } = bad_lines;
  const kinds = [
    [torn, 'torn'],
    [unreadable, 'unreadable'],
    [too_long, 'too long'],
    [unusable, 'unusable'],
  ] as const;
  const parts = kinds.filter(([number]) => number > 0).map(([number, kind]) => `${count(number)} ${kind}`);
  const bad = total === 0 ? 'No bad lines' : `${counted(total, 'bad line')}: ${parts.join(', ')}`;
  return `${bad}; ${counted(foreign_lines, 'line')} of other programs.`;
}

function integrityLines({
  is_intact,
  records,
  unchained,
  proofs,
  problems,
}: NonNullable<Report['integrity']>): string[] {
  const kinds = Object.entries(problems).map(
    ([kind, number]) => `${count(number)} ${kind.replaceAll('_', ' ')}`,
  );
  const proof = [
    [proofs.keyed, 'with the key: nobody without it changed the log'],
    [proofs.unkeyed, 'written without a key: proves nothing against who can write to the log'],
    [proofs.links, 'by the links alone: the key was not given'],
  ] as const;
  const verdict = is_intact ? 'Verified' : 'THE LOG WAS CHANGED';
  const foreign = unchained === 0 ? '' : `, ${counted(unchained, 'line')} without a chain`;
  const found = kinds.length === 0 ? '' : `; found: ${kinds.join(', ')}`;
  return [
    `${verdict}: ${counted(records, 'record')}${foreign}${found}.`,
    ...proof
      .filter(([writers]) => writers > 0)
      .map(([writers, what]) => `${counted(writers, 'writer')} ${what}.`),
  ];
}

/** `success_rate` is shown so. */
export const OBJECTIVE_NAMES = {
  success_rate: 'Success rate',
  average_latency: 'Average latency',
  denial_rate: 'Denied',
} as const;

export function objectiveValue({ name, value }: Report['objectives'][number]): string {
  if (value === null) return 'no calls';
  return name === 'average_latency' ? time(value) : percent(value / 100);
}

/** Names of the tables, in the order in which they are shown. */
export const TABLES = [
  ['by_tool', 'Tools', 'Tool'],
  ['by_user', 'Users', 'User'],
  ['by_agent', 'Agents', 'Agent'],
  ['by_server', 'Servers', 'Server'],
] as const;

/** Said under a table that does not show all. */
export function tableNote({ further, folded, may_lack }: Report['by_tool']): string {
  return [
    ...(further === 0 ? [] : [`${count(further)} more.`]),
    ...(folded === 0
      ? []
      : [
          `For lack of memory ${counted(folded, 'name')} with few calls were counted together; a row may lack ${counted(may_lack, 'call')} at most.`,
        ]),
  ].join(' ');
}
