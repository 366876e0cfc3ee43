/** Which releases of Node the package takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Older ones cannot even run the probe. */
export const OLDEST_PROBED = '18.0.0';

/** From the package's own manifest: `>=20.6.0` gives `20.6.0`. */
export function oldestNode(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, '../../../../package.json'), 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  return manifest.engines.node.replace(/^\D+/, '');
}

export function isOlder(version: string, than: string): boolean {
  const [a, b] = [numbers(version), numbers(than)];
  const at = b.findIndex((number, index) => a[index] !== number);
  return at !== -1 && (a[at] ?? 0) < b[at]!;
}

function numbers(version: string): number[] {
  return version.split('.', 3).map((part) => Number.parseInt(part, 10));
}
