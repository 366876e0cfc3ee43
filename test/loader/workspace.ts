/** Folders as an agent has them: copies of the small programs beside an installed SDK. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isV2, REPOSITORY, sdk } from '../support/installs';

export const PROGRAMS = join(REPOSITORY, 'test/loader/programs');

/** The preload that reports what the loader hands over. */
export const REPORT = join(PROGRAMS, 'report.cjs');

const folders: string[] = [];

process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that goes when this process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'otel-mcp-loader-'));
  folders.push(folder);
  return folder;
}

/** All programs beside this version of the SDK; for 2.x they import the 2.x package names. */
export async function workspace(version: string): Promise<string> {
  const folder = temporaryFolder();
  const installed = await sdk(version);
  symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
  for (const name of readdirSync(PROGRAMS)) {
    const text = readFileSync(join(PROGRAMS, name), 'utf8');
    const program = isV2(version) ? withV2Names(text) : text;
    writeFileSync(join(folder, name), program);
    // Without a package.json this one is CommonJS. It is not among the programs because our own compiler would take it.
    if (name === 'typed.mts') writeFileSync(join(folder, 'typed.ts'), program);
  }
  return folder;
}

function withV2Names(text: string): string {
  return text.replaceAll(
    /@modelcontextprotocol\/sdk\/(client|server)\/index\.js/g,
    '@modelcontextprotocol/$1',
  );
}

/** Writes a file below a folder and makes the folders between. */
export function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** What the preload reported, one object for everything that was handed over. */
export function reported(stderr: string): { file: string; via: string; names: string[] }[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('SDK '))
    .map((line) => JSON.parse(line.slice(4)) as { file: string; via: string; names: string[] });
}
