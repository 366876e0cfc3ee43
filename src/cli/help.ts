/** Help texts, made from the command table. */
import { NAME } from '../version';
import type { Command, CommandOption } from './command';
import { COMMANDS } from './commands';
import type { Style } from './style';

/** Options that every command and the program itself take. */
export const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h', description: 'show this help' },
  version: { type: 'boolean', short: 'v', description: 'show the version' },
} as const satisfies Record<string, CommandOption>;

export function programHelp(style: Style): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const);
  return [
    `otel-mcp: the command of ${NAME}`,
    '',
    `${style.bold('Usage')}  otel-mcp <command> [options]`,
    '',
    style.bold('Commands'),
    ...columns(commands),
    '',
    style.bold('Options'),
    ...columns(optionRows(COMMON_OPTIONS)),
    '',
    `${style.bold('Exit codes')}  0 done, 1 it could not be done, 2 the command line is wrong`,
    '',
    'To trace an agent:  node --require opentelemetry-instrumentation-mcp/register agent.js',
  ].join('\n');
}

export function commandHelp(name: string, command: Command, style: Style): string {
  const options = { ...command.options, help: COMMON_OPTIONS.help };
  return [
    `otel-mcp ${name}: ${command.summary}`,
    '',
    `${style.bold('Usage')}  ${['otel-mcp', name, ...needed(command), '[options]'].join(' ')}`,
    '',
    command.description,
    '',
    style.bold('Options'),
    ...columns(optionRows(options)),
    ...(command.examples === undefined ? [] : ['', style.bold('Examples')]),
    ...(command.examples ?? []).map((example) => `  ${example}`),
  ].join('\n');
}

/** Options that the command cannot do without, as they are typed. */
export function needed({ options }: Command): string[] {
  return Object.entries(options)
    .filter(([, { required }]) => required === true)
    .map(([name, { value = '' }]) => `--${name} ${value}`);
}

function optionRows(options: Readonly<Record<string, CommandOption>>): (readonly [string, string])[] {
  return Object.entries(options).map(([name, { short, value, description }]) => [
    `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    description,
  ]);
}

/** Two indented columns. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`.trimEnd());
}
