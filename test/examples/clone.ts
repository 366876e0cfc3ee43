/**
 * A folder as a reader of the README has it after `npm ci && npm run build` and `npm install --prefix examples/…`: the
 * examples, what each needs installed beside it, and our package in reach of a command that is run in the folder above.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packages, REPOSITORY } from '../support/installs';

const NAME = 'opentelemetry-instrumentation-mcp';

interface Manifest {
  dependencies: Record<string, string>;
}

export class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), 'mcp-examples-'));

  constructor() {
    // In a real clone Node resolves the name by the root's own package.json: the same files either way.
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(REPOSITORY, join(this.folder, 'node_modules', NAME), 'junction');
  }

  /** What `npm install --prefix examples/NAME` does, from the cache. */
  async install(name: string): Promise<void> {
    const source = join(REPOSITORY, 'examples', name);
    const target = join(this.folder, 'examples', name);
    const { dependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
    const specs = Object.entries(dependencies).map(([dependency, version]) => `${dependency}@${version}`);
    const installed = await packages(specs);
    cpSync(source, target, { recursive: true, filter: (path) => !path.includes('node_modules') });
    symlinkSync(join(installed, 'node_modules'), join(target, 'node_modules'), 'junction');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
