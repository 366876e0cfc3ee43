/** What a command of `otel-mcp` is: the table in `commands.ts` holds them all, and help is made from it. */
import type { Style } from './style';

export interface CommandOption {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** What help calls the value of a `string` option: `DIR`. */
  readonly value?: string;
  /** The command does nothing without it. */
  readonly required?: boolean;
  readonly description: string;
}

export interface CommandContext {
  readonly values: Readonly<Record<string, unknown>>;
  readonly style: Style;
}

export interface Command {
  readonly summary: string;
  /** Shown by `otel-mcp <command> --help`. */
  readonly description: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Command lines, shown by help after the options. */
  readonly examples?: readonly string[];
  /**
   * @returns what is printed to stdout, without the last line break
   * @throws CommandError when it could not be done
   */
  run(context: CommandContext): string;
}

/** Stable and documented: scripts depend on them. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** What was asked for could not be done, for a reason that the message gives: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
