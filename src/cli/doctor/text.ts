/** The report of `otel-mcp doctor` for a person. */
import type { Style } from '../style';
import { shown } from './command-line';
import type { Diagnosis } from './diagnose';
import type { Finding, Level, Section } from './finding';

const TITLES: Readonly<Record<Section, string>> = {
  start: 'Start',
  sdk: 'MCP SDK',
  telemetry: 'Telemetry',
  policy: 'Policy',
  servers: 'Servers',
};

export type Marks = Readonly<Record<Level, string>>;

const SYMBOLS: Marks = { ok: '✓', warn: '!', problem: '✗' };
const WORDS: Marks = { ok: 'ok  ', warn: 'warn', problem: 'FAIL' };

/** Symbols for a terminal that shows them, words for everything else. */
export function marksFor(isTerminal: boolean, environment: NodeJS.ProcessEnv): Marks {
  const { LC_ALL, LC_CTYPE, LANG, WT_SESSION } = environment;
  const isUtf8 = /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '') || Boolean(WT_SESSION);
  return isTerminal && isUtf8 ? SYMBOLS : WORDS;
}

export function renderDiagnosis(diagnosis: Diagnosis, marks: Marks, style: Style): string {
  const { findings } = diagnosis;
  const sections = (Object.keys(TITLES) as Section[]).flatMap((section) => {
    const lines = findings
      .filter((finding) => finding.section === section)
      .map((one) => line(one, marks, style));
    return lines.length === 0 ? [] : ['', style.bold(TITLES[section]), ...lines];
  });
  const wrong = (['problem', 'warn'] as const).flatMap((level) =>
    findings.filter((one) => one.level === level),
  );
  return [head(diagnosis), ...sections, '', ...conclusion(wrong, style)].join('\n');
}

function head({ command, run }: Diagnosis): string {
  if (command.length === 0)
    return 'The environment alone; give a command to try an agent: otel-mcp doctor -- node agent.js';
  if (run === undefined) return `${shown(command)}: not run`;
  const { seconds, exit } = run;
  if (exit === null) return `${shown(command)}: ran for ${seconds} s, then doctor ended it`;
  const how = exit.code === null ? `by ${exit.signal}` : `with exit code ${exit.code}`;
  return `${shown(command)}: ended by itself ${how} after ${seconds} s`;
}

function line({ level, seen }: Finding, marks: Marks, style: Style): string {
  const colour = colourOf(level, style);
  const [first = '', ...more] = seen.split('\n');
  const rest = level === 'ok' ? more : [];
  return [`  ${colour(marks[level])} ${first}`, ...rest.map((one) => `    ${one}`)].join('\n');
}

function conclusion(wrong: readonly Finding[], style: Style): string[] {
  if (wrong.length === 0) return [style.green('Nothing is wrong.')];
  return [
    style.bold('What is wrong, and what to do'),
    ...wrong.flatMap((one, index) => told(one, index + 1, style)),
  ];
}

function told({ level, code, seen, why, remedy }: Finding, number: number, style: Style): string[] {
  const colour = colourOf(level, style);
  const indent = ' '.repeat(`${number}. `.length + 2);
  const [first = '', ...more] = seen.split('\n');
  return [
    `  ${number}. ${colour(first)} ${style.dim(`[${code}]`)}`,
    ...more.map((one) => `${indent}${one}`),
    ...(why === undefined ? [] : [`${indent}${why}`]),
    ...(remedy ?? []).map((one) => (one.startsWith('  ') ? `${indent}    ${one}` : `${indent}-> ${one}`)),
  ];
}

function colourOf(level: Level, style: Style): (text: string) => string {
  if (level === 'ok') return (text) => style.green(text);
  return level === 'warn' ? (text) => style.yellow(text) : (text) => style.red(text);
}
