/** The key of an audit log, as a command is told. */
import { readSecret } from '../../audit/keys';
import { readEnvironment } from '../../core/environment';
import type { CommandContext } from '../command';
import { attempt, optional } from '../values';

/** @throws CommandError when the key file cannot be read or holds no key */
export function keyOf(values: CommandContext['values']): Buffer | undefined {
  const file = optional(values, 'key-file') ?? readEnvironment('MCP_AUDIT_KEY_FILE');
  return file === undefined ? undefined : attempt(() => readSecret(file));
}
