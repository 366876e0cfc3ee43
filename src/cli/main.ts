#!/usr/bin/env node
/** The `otel-mcp` command. */
import { CommandError, EXIT, UsageError } from './command';
import { run } from './run';
import { styleFor } from './style';

function main(): void {
  const { env: environment, stdout, argv } = process;
  // A reader that has seen enough (`| head`) is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    stdout.write(`${run(argv.slice(2), styleFor(stdout.isTTY, environment))}\n`);
    process.exitCode = EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
    process.stderr.write(`otel-mcp: ${error.message}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

main();
