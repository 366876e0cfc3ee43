/** Reads the command line and runs what it names. */
import { parseArgs } from 'node:util';

import { VERSION } from '../version';
import type { Command } from './command';
import { UsageError } from './command';
import { COMMANDS } from './commands';
import { commandHelp, COMMON_OPTIONS, needed, programHelp } from './help';
import type { Style } from './style';
import { nearest } from '../core/suggest';

/**
 * @param argv - without the Node binary and the script
 * @returns what goes to stdout
 * @throws UsageError when the command line is wrong, CommandError when what it asks for could not be done
 */
export function run(argv: readonly string[], style: Style): string {
  const [first, ...rest] = argv;
  if (first === undefined || first.startsWith('-')) return runProgram(argv, style);
  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (command === undefined) throw unknown('command', first, Object.keys(COMMANDS));
  return runCommand(first, command, rest, style);
}

function runProgram(argv: readonly string[], style: Style): string {
  const values = parse(argv, COMMON_OPTIONS);
  if (values['version'] === true) return VERSION;
  if (values['help'] === true) return programHelp(style);
  throw new UsageError(`no command given\n\n${programHelp(style)}`);
}

function runCommand(name: string, command: Command, argv: readonly string[], style: Style): string {
  const values = parse(argv, { ...command.options, ...COMMON_OPTIONS });
  if (values['help'] === true) return commandHelp(name, command, style);
  if (values['version'] === true) return VERSION;
  for (const [option, { required }] of Object.entries(command.options)) {
    if (required !== true || (values[option] ?? '') !== '') continue;
    throw new UsageError(
      `'${name}' needs ${needed(command).join(' ')}\n\notel-mcp ${name} --help shows how.`,
    );
  }
  return command.run({ values, style });
}

function parse(argv: readonly string[], options: Command['options']): Record<string, unknown> {
  try {
    return { ...parseArgs({ args: [...argv], options: { ...options }, strict: true }).values };
  } catch (error) {
    const wrong = argv.find((word) => word.startsWith('--') && !Object.hasOwn(options, optionName(word)));
    if (wrong === undefined) throw new UsageError((error as Error).message);
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
