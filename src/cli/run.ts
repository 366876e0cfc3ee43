/** Reads the command line and runs what it names. */
import { parseArgs } from 'node:util';

import { nearest } from '../core/suggest';
import { VERSION } from '../version';
import type { Command, CommandOption, CommandResult, OptionValue } from './command';
import { UsageError } from './command';
import { COMMANDS } from './commands';
import { commandHelp, COMMON_OPTIONS, groupHelp, needed, programHelp } from './help';
import type { Io } from './io';
import { styleFor, type Style } from './style';

/**
 * @param argv - without the Node binary and the script
 * @throws UsageError when the command line is wrong, CommandError when what it asks for could not be done
 */
export function run(argv: readonly string[], io: Io): CommandResult | Promise<CommandResult> {
  const style = styleFor(io.stdout.isTTY, process.env);
  const [first, second] = argv;
  if (first === undefined || first.startsWith('-')) return runProgram(argv, style);
  const pair = `${first} ${second}`;
  if (isCommand(pair)) return runCommand(pair, COMMANDS[pair]!, argv.slice(2), io, style);
  if (isCommand(first)) return runCommand(first, COMMANDS[first]!, argv.slice(1), io, style);
  return runGroup(first, argv.slice(1), style);
}

const isCommand = (name: string): boolean => Object.hasOwn(COMMANDS, name);

function runProgram(argv: readonly string[], style: Style): string {
  const { values } = parse(argv, COMMON_OPTIONS, false);
  if (values['version'] === true) return VERSION;
  if (values['help'] === true) return programHelp(style);
  throw new UsageError(`no command given\n\n${programHelp(style)}`);
}

/** `otel-mcp audit`, alone or with a word that no command of it has. */
function runGroup(group: string, rest: readonly string[], style: Style): string {
  const members = Object.keys(COMMANDS).filter((name) => name.startsWith(`${group} `));
  if (members.length === 0) throw unknown('command', group, Object.keys(COMMANDS));
  const [word] = rest;
  if (word !== undefined && !word.startsWith('-')) throw unknown('command', `${group} ${word}`, members);
  const { values } = parse(rest, COMMON_OPTIONS, false);
  if (values['help'] === true) return groupHelp(group, style);
  throw new UsageError(`'${group}' needs a command\n\n${groupHelp(group, style)}`);
}

function runCommand(
  name: string,
  command: Command,
  argv: readonly string[],
  io: Io,
  style: Style,
): CommandResult | Promise<CommandResult> {
  const { values, positionals } = parse(
    argv,
    { ...command.options, ...COMMON_OPTIONS },
    command.operands !== undefined,
  );
  if (values['help'] === true) return commandHelp(name, command, style);
  if (values['version'] === true) return VERSION;
  for (const [option, definition] of Object.entries(command.options)) {
    checkValue(name, command, option, definition, values[option]);
  }
  return command.run({ values, positionals, io, style });
}

function checkValue(
  name: string,
  command: Command,
  option: string,
  { required, choices }: CommandOption,
  value: OptionValue,
): void {
  if (required === true && (value ?? '') === '') {
    throw new UsageError(
      `'${name}' needs ${needed(command).join(' ')}\n\notel-mcp ${name} --help shows how.`,
    );
  }
  if (choices === undefined || typeof value !== 'string' || choices.includes(value)) return;
  throw new UsageError(`--${option} is one of ${choices.join(', ')}, not '${value}'`);
}

interface Parsed {
  readonly values: Record<string, OptionValue>;
  readonly positionals: readonly string[];
}

function parse(argv: readonly string[], options: Command['options'], allowPositionals: boolean): Parsed {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...options },
      strict: true,
      allowPositionals,
    });
    return { values: { ...values }, positionals };
  } catch (error) {
    const wrong = argv.find((word) => word.startsWith('--') && !Object.hasOwn(options, optionName(word)));
    if (wrong === undefined || wrong === '--') throw new UsageError((error as Error).message);
    const names = Object.keys(options).map((name) => `--${name}`);
    throw unknown('option', `--${optionName(wrong)}`, names);
  }
}

function optionName(word: string): string {
  return word.slice(2).split('=', 1)[0]!;
}

function unknown(what: string, word: string, known: readonly string[]): UsageError {
  const suggestion = nearest(word, known);
  const hint = suggestion === undefined ? '' : `; did you mean '${suggestion}'?`;
  return new UsageError(`unknown ${what} '${word}'${hint}\n\notel-mcp --help shows what there is.`);
}
