'use strict';
/** This package on the client alone under a policy with an audit log: a line per call into a folder of its own, with a key. */
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const folder = mkdtempSync(join(tmpdir(), 'bench-audit-'));
writeFileSync(join(folder, 'key'), Buffer.alloc(32, 1), { mode: 0o600 });
const policy = readFileSync(join(__dirname, '../policies/eight-guards.yaml'), 'utf8');
const audited = `${policy}audit: { dir: ./audit, key_file: ./key }\n`;
process.env.MCP_GUARD_POLICY = join(folder, 'policy.yaml');
writeFileSync(process.env.MCP_GUARD_POLICY, audited, { mode: 0o600 });

require('./ours-client.cjs');
// After the log's own handler, which writes the last line.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
