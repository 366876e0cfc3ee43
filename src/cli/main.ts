#!/usr/bin/env node
/** The `otel-mcp` command. */
import { CommandError } from './command';
import { endQuietlyWithReader } from './io';
import { run } from './run';

async function main(): Promise<void> {
  const { stdin, stdout, stderr, argv } = process;
  endQuietlyWithReader(stdout);
  try {
    const result = await run(argv.slice(2), { stdin, stdout, stderr });
    const { text, exitCode } = typeof result === 'string' ? { text: result, exitCode: 0 } : result;
    process.exitCode = exitCode;
    if (text !== undefined) stdout.write(`${text}\n`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    stderr.write(`otel-mcp: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

void main();
