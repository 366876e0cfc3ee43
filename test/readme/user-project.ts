/** A folder as a reader of the README has it: the package and an MCP SDK installed, and an `agent.js`. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { project, REPOSITORY } from '../support/installs';
import { cleanEnvironment } from '../support/run-program';

export interface ShellResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class UserProject {
  /** Where `npm install` was run. */
  readonly root: string;
  /** Where the agent is. */
  readonly folder: string;

  private constructor(root: string, folder: string) {
    this.root = root;
    this.folder = folder;
  }

  static async create(): Promise<UserProject> {
    const installed = await project({ sdk: '1.32.2', otel: '2.x' });
    const folder = mkdtempSync(join(installed, 'readme-'));
    cpSync(join(REPOSITORY, 'test/programs'), folder, { recursive: true });
    renameSync(join(folder, 'agent-v1.cjs'), join(folder, 'agent.js'));
    return new UserProject(dirname(installed), folder);
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, `${text}\n`);
    return path;
  }

  /** Runs a command as it stands in the README. */
  shell(command: string, env: Record<string, string> = {}, cwd = this.folder): Promise<ShellResult> {
    const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    return new Promise((resolve, reject) => {
      const child = spawn(command, {
        shell: true,
        cwd,
        env: cleanEnvironment({ ...env, PATH }),
        timeout: 60_000,
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
