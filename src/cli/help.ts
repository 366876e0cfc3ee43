/** Help texts, made from the command table. */
import { NAME } from '../version';
import type { Command, CommandOption } from './command';
import { EXIT } from './command';
import { COMMANDS } from './commands';
import type { Style } from './style';
import { columns } from './table';

/** Options that every command and the program itself take. */
export const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h', description: 'show this help' },
  version: { type: 'boolean', short: 'v', description: 'show the version' },
} as const satisfies Record<string, CommandOption>;

export function programHelp(style: Style): string {
  return [
    `otel-mcp: the command of ${NAME}`,
    '',
    `${style.bold('Usage')}  otel-mcp <command> [options]`,
    '',
    style.bold('Commands'),
    ...commandRows(() => true),
    '',
    style.bold('Options'),
    ...columns(optionRows(COMMON_OPTIONS)),
    '',
    style.bold('Exit codes'),
    ...columns(exitRows({ 1: 'it could not be done, or was found wanting: the command’s help says more' })),
    '',
    'To trace an agent:  node --require opentelemetry-instrumentation-mcp/register agent.js',
  ].join('\n');
}

/** Of the commands that begin with one word: `audit verify`, `audit tail`, … */
export function groupHelp(group: string, style: Style): string {
  return [
    `${style.bold('Usage')}  otel-mcp ${group} <command> [options]`,
    '',
    style.bold('Commands'),
    ...commandRows((name) => name.startsWith(`${group} `)),
  ].join('\n');
}

export function commandHelp(name: string, command: Command, style: Style): string {
  const options = { ...command.options, help: COMMON_OPTIONS.help };
  const examples = command.examples.map(({ line, what }) => [line, style.dim(`# ${what}`)] as const);
  return [
    `otel-mcp ${name}: ${command.summary}`,
    '',
    `${style.bold('Usage')}  ${usage(name, command)}`,
    '',
    command.description,
    '',
    style.bold('Options'),
    ...columns(optionRows(options)),
    '',
    style.bold('Exit codes'),
    ...columns(exitRows(command.exitCodes ?? {})),
    '',
    style.bold('Examples'),
    ...columns(examples),
  ].join('\n');
}

/** How it is called, on one line. */
export function usage(name: string, command: Command): string {
  const { operands } = command;
  return [
    'otel-mcp',
    name,
    ...needed(command),
    '[options]',
    ...(operands === undefined ? [] : [operands]),
  ].join(' ');
}

/** Options that the command cannot do without, as they are typed. */
export function needed({ options }: Command): string[] {
  return Object.entries(options)
    .filter(([, { required }]) => required === true)
    .map(([name, option]) => typed(name, option));
}

/** Short and long form with the value, and the description, by option. */
export function optionRows(options: Readonly<Record<string, CommandOption>>): (readonly [string, string])[] {
  return Object.entries(options).map(([name, option]) => [
    `${option.short === undefined ? '    ' : `-${option.short}, `}${typed(name, option)}`,
    option.description + (option.multiple === true ? '; may be repeated' : ''),
  ]);
}

/** Every exit code and its meaning. */
export function exitRows(further: Readonly<Record<number, string>>): (readonly [string, string])[] {
  const all = { [EXIT.ok]: 'done', ...further, [EXIT.usage]: 'the command line is wrong' };
  return Object.entries(all).map(([code, meaning]) => [code, meaning]);
}

function typed(name: string, { value, choices }: CommandOption): string {
  const shown = choices?.join('|') ?? value;
  return `--${name}${shown === undefined ? '' : ` ${shown}`}`;
}

function commandRows(isShown: (name: string) => boolean): string[] {
  const commands = Object.entries(COMMANDS).filter(([name]) => isShown(name));
  return columns(commands.map(([name, { summary }]) => [name, summary] as const));
}
