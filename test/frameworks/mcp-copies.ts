/** Which copies of the official MCP packages an install brought. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SCOPE = '@modelcontextprotocol';
const PACKAGES = ['sdk', 'client', 'server'];

/** Every copy below a folder's `node_modules`, nested ones too, each once: `@modelcontextprotocol/sdk 1.32.2`. */
export function mcpCopies(folder: string): string[] {
  return [...new Set(copiesIn(join(folder, 'node_modules')))].toSorted((a, b) => a.localeCompare(b));
}

function copiesIn(modules: string): string[] {
  if (!existsSync(modules)) return [];
  const own = PACKAGES.map((name) => join(modules, SCOPE, name, 'package.json'))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string })
    .map(({ name, version }) => `${name} ${version}`);
  const nested = packagesIn(modules).flatMap((path) => copiesIn(join(path, 'node_modules')));
  return [...own, ...nested];
}

function packagesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    const path = join(modules, name);
    return name.startsWith('@') ? readdirSync(path).map((one) => join(path, one)) : [path];
  });
}
