/** Every command of `otel-mcp`, in the order in which help lists them. */
import type { Command } from './command';
import { assets } from './commands/assets';
import { env } from './commands/env';

export const COMMANDS: Readonly<Record<string, Command>> = {
  env,
  assets,
};
