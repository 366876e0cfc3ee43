/** The `otel-mcp policy …` commands as processes. */
import { join } from 'node:path';

import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Input {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit code that is expected. Default: 0. */
  readonly code?: number;
}

export async function policyCommand(
  args: readonly string[],
  { code = 0, env = {}, stdin = '' }: Input = {},
): Promise<Said> {
  const result = await runProgram(PROGRAM, { args: ['policy', ...args], stdin, env, timeoutMs: 60_000 });
  return expectExit(result, code);
}

export async function policyJson<T>(args: readonly string[], input: Input = {}): Promise<T> {
  return JSON.parse((await policyCommand([...args, '--json'], input)).stdout) as T;
}
