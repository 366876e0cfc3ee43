/** What the commands about audit logs have in common. */
import type { CommandOption } from '../command';
import { CommandError, UsageError } from '../command';

export const LOGS = '<FILE|DIR|GLOB|-> ...';

export const ABOUT_LOGS =
  'Logs are files, folders, globs, .gz files, or - for standard input; a line may have any text before its record.';

export const KEY_FILE = {
  type: 'string',
  value: 'FILE',
  description: 'key of the log; default: what MCP_AUDIT_KEY_FILE names',
} as const satisfies CommandOption;

/** Exit code of a log that cannot be read. */
export const UNREADABLE = 3;

/** @throws UsageError when no log is named */
export function logs(positionals: readonly string[], command: string): readonly string[] {
  if (positionals.length > 0) return positionals;
  throw new UsageError(`'${command}' needs the log: files, a folder, or - for standard input`);
}

/** Reading logs fails with `UNREADABLE`, in the reader's words. */
export async function reading<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError((error as Error).message, UNREADABLE);
  }
}
