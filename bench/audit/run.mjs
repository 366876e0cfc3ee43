/**
 * What one audit line costs: making the record, hashing arguments and chain, writing it.
 *
 *     npm run bench:audit
 *
 * Times are of the whole of `decided` and `record` for one allowed tool call, in microseconds, on a real file with a key;
 * beside them a bare `writeSync` of a line of the same length, which is the floor.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const build = (name) => new URL(`../../build/src/audit/${name}.js`, import.meta.url).pathname;
const require = createRequire(import.meta.url);
const { AuditLog } = require(build('log'));
const { auditKeys } = require(build('keys'));

const CALLS = Number(process.argv[2] ?? 20_000);
const WARM_UP = 3_000;
const GUARDS = [
  'server_allowlist',
  'identity',
  'tool_allowlist',
  'input_size',
  'path_traversal',
  'url',
  'content',
  'rate_limit',
];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-audit-'));
const decisions = GUARDS.map((guard) => ({
  guard,
  verdict: 'allow',
  action: 'allowed',
  mode: 'enforce',
  reason: 'allowed',
  stage: 'request',
}));
const session = { role: 'client', serverId: 'filesystem', transport: 'stdio' };
const identity = { userId: 'user123', agentName: 'deploy_agent', tenantId: 'acme' };

function argumentsOf(bytes) {
  const entry = { path: '/srv/data/report.txt', note: 'lorem ipsum dolor sit amet', n: 12.5 };
  const entries = [];
  while (JSON.stringify({ entries }).length < bytes) entries.push(entry);
  return { entries };
}

function open(settings) {
  return new AuditLog({
    policy: {
      dir: folder,
      level: 'metadata',
      max_bytes: 1024,
      redact: [],
      fsync: 'none',
      rotate_bytes: 2 ** 40,
      ...settings,
    },
    policyDigest: '0123456789ab',
    keys: auditKeys(Buffer.alloc(32, 1)),
    denialKind: () => 'access_denied',
    facts: () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }),
  });
}

function measure(work, calls) {
  const times = new Float64Array(calls);
  for (let index = 0; index < WARM_UP; index += 1) work();
  for (let index = 0; index < calls; index += 1) {
    const from = performance.now();
    work();
    times[index] = (performance.now() - from) * 1_000;
  }
  times.sort();
  const at = (share) => times[Math.floor(share * calls)].toFixed(1).padStart(8);
  return `${at(0.5)} ${at(0.99)}`;
}

function audit(bytes, settings = {}, calls = CALLS) {
  const log = open(settings);
  const params = { name: 'read_file', arguments: argumentsOf(bytes) };
  const result = { content: [{ type: 'text', text: 'x'.repeat(bytes) }] };
  const text = measure(() => {
    const call = {
      direction: 'outgoing',
      kind: 'request',
      method: 'tools/call',
      target: { type: 'tool', name: 'read_file' },
      params,
      session,
      identity,
    };
    log.decided(call, decisions);
    log.record({ call, outcome: { status: 'success', result }, decisions, seconds: 0.01 });
  }, calls);
  log.close();
  return text;
}

function floor(calls) {
  const fd = fs.openSync(path.join(folder, 'floor'), 'a');
  const line = `${'x'.repeat(900)}\n`;
  const text = measure(() => fs.writeSync(fd, line), calls);
  fs.closeSync(fd);
  return text;
}

console.log(`${CALLS} calls each, microseconds       p50      p99`);
for (const bytes of [200, 2_000, 20_000]) {
  console.log(`arguments and result of ${String(bytes).padStart(6)} B ${audit(bytes)}`);
}
console.log(`the same, 2 kB, level full        ${audit(2_000, { level: 'full' })}`);
console.log(`the same, 2 kB, fsync always      ${audit(2_000, { fsync: 'always' }, Math.min(CALLS, 300))}`);
console.log(`writeSync of 900 B alone          ${floor(CALLS)}`);
fs.rmSync(folder, { recursive: true });
