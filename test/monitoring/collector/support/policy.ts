/** The policy of `programs/busy-agent.cjs`, in a folder with its audit log. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Denies one tool, and another one in observation only. */
export function writePolicy(folder: string): { file: string; audit: string } {
  const audit = join(folder, 'audit');
  mkdirSync(audit, { recursive: true });
  const policy = {
    version: 1,
    id: 'busy',
    mode: 'enforce',
    servers: { everything: { match: { command: 'node', args: ['*server-everything*', 'stdio'] } } },
    rules: [
      { id: 'no-env', deny: { tool: 'get-env' } },
      { id: 'no-image', deny: { tool: 'get-tiny-image' }, mode: 'observe' },
    ],
    audit: { dir: audit },
  };
  const file = join(folder, 'policy.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(policy));
  return { file, audit };
}
