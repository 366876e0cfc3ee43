/** Says, in one line, why there is no private SDK and which package to install or update. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { warnOnce } from '../../core/diagnostics';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function sayNotLoadable(error: unknown): void {
  warnOnce('sdk-node', `no telemetry: ${advice()} (${firstLine(error)})`);
}

function advice(): string {
  const sdkNodePath = resolved(require, '@opentelemetry/sdk-node');
  if (sdkNodePath === undefined) return '@opentelemetry/sdk-node is missing; install it beside the agent';
  const sdkNode = manifestOf(sdkNodePath, '@opentelemetry/sdk-node');
  const apiPath = resolved(createRequire(sdkNodePath), '@opentelemetry/api');
  if (apiPath === undefined) return '@opentelemetry/api is missing; install it beside the agent';
  const api = manifestOf(apiPath, '@opentelemetry/api');
  const range = sdkNode?.peerDependencies?.['@opentelemetry/api'] ?? 'another version';
  return (
    `@opentelemetry/sdk-node ${sdkNode?.version} did not start with @opentelemetry/api ${api?.version}; ` +
    `it asks for ${range}: update @opentelemetry/api, or install an @opentelemetry/sdk-node that fits it`
  );
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** The package.json above a file; the packages do not export theirs. */
function manifestOf(file: string, name: string): Manifest | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
      if (manifest.name === name) return manifest;
    } catch {
      // None in this folder.
    }
  }
  return undefined;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split('\n')[0]!;
}
