/** What a command of `otel-mcp` is: the table in `commands.ts` holds them all; help, completion and `docs/cli.md` are made from it. */
import type { Io } from './io';
import type { Style } from './style';

export interface CommandOption {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** What help calls the value of a `string` option: `DIR`. */
  readonly value?: string;
  /** What the value may be, where that is a closed list. */
  readonly choices?: readonly string[];
  /** May be given more than once: its value is then a list. */
  readonly multiple?: boolean;
  /** The command does nothing without it. */
  readonly required?: boolean;
  readonly description: string;
}

export type OptionValue = string | boolean | readonly (string | boolean)[] | undefined;

export interface CommandContext {
  readonly values: Readonly<Record<string, OptionValue>>;
  /** The words that are no options. */
  readonly positionals: readonly string[];
  readonly io: Io;
  /** For what goes to stdout. */
  readonly style: Style;
}

/** What a command ends with: a text alone means exit code 0. Texts go to stdout, without the last line break. */
export type CommandResult = string | { readonly text?: string; readonly exitCode: number };

export interface Example {
  readonly line: string;
  /** What it is for, in a few words. */
  readonly what: string;
}

export interface Command {
  readonly summary: string;
  /** Shown by `otel-mcp <command> --help`. */
  readonly description: string;
  /** The words that it takes besides options, as help shows them: `[FILE ...]`. Without, it takes none. */
  readonly operands?: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly examples: readonly Example[];
  /** What its exit codes mean, besides 0 and {@link EXIT.usage}. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /**
   * What it needs is loaded here, so that no other command waits for it.
   *
   * @throws UsageError when the command line is wrong, CommandError when what it asks for could not be done
   */
  run(context: CommandContext): CommandResult | Promise<CommandResult>;
}

/** Stable and documented: scripts depend on them. Commands have further ones (`exitCodes`), from 1 to 3. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** As `EX_USAGE` of sysexits.h: 1 to 3 say what a command found. */
  usage: 64,
} as const;

/** What was asked for could not be done, for a reason that the message gives. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, EXIT.usage);
  }
}
