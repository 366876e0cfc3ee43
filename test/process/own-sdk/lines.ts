/** The two OpenTelemetry lines as places to run a test's programs in: the repository (2.x), and an installed project (3.x). */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { node, project, REPOSITORY, type OtelLine } from '../../support/installs';
import type { ProgramOptions } from '../../support/run-program';

export interface Place {
  /** Path of `test/process/<program>` as it can be run here. */
  program(path: string): string;
  readonly options: Pick<ProgramOptions, 'node' | 'preload' | 'cwd'>;
}

const PROGRAMS = ['exit/programs', 'own-sdk/programs'];

export async function placeOf(line: OtelLine): Promise<Place> {
  const source = join(REPOSITORY, 'test/process');
  if (line === '2.x') return { program: (path) => join(source, path), options: { preload: 'require' } };
  // Not the running Node: 3.x asks for 22.15 or later.
  const path = await node('24.21.0');
  const folder = await project({ sdk: '1.32.2', otel: line });
  for (const programs of PROGRAMS)
    await cp(join(source, programs), join(folder, programs), { recursive: true });
  return {
    program: (name) => join(folder, name),
    options: { node: path, preload: 'installed-require', cwd: folder },
  };
}
