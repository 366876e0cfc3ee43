/** What a command of `otel-mcp` is: the table in `commands.ts` holds them all, and help is made from it. */
import type { Style } from './style';

export interface CommandOption {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
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
  /** @returns what is printed to stdout, without the last line break */
  run(context: CommandContext): string;
}

/** Stable and documented: scripts depend on them. */
export const EXIT = { ok: 0, usage: 2 } as const;

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
