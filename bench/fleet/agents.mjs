/** Runs the agent, preloaded, and gives back what it sent. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { builtFile, ROOT } from '../lib/paths.mjs';
import { startSink } from './sink.mjs';

const AGENT = join(ROOT, 'bench/fleet/programs/agent.mjs');

function environment(extra) {
  const { PATH, HOME, TMPDIR } = process.env;
  const preload = { NODE_OPTIONS: `--require ${JSON.stringify(builtFile('register.js'))}` };
  const known = { PATH, HOME, TMPDIR, ...preload, OTEL_SERVICE_NAME: 'fleet-agent', ...extra };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

/** @returns the child, and a promise of its end that rejects with its stderr */
export function startAgent(work, env) {
  const child = spawn(process.execPath, [AGENT], {
    cwd: ROOT,
    env: environment({ FLEET: JSON.stringify(work), ...env }),
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`agent: ${code}\n${stderr}`))));
  });
  return { child, ended };
}

/** A folder with the policy, in which the audit log will be. */
export function policyFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-fleet-'));
  cpSync(join(ROOT, 'bench/fleet/policy.yaml'), join(folder, 'policy.yaml'));
  return folder;
}

export function auditLines(folder) {
  const names = readdirSync(join(folder, 'audit')).filter((name) => name.endsWith('.jsonl'));
  return names.flatMap((name) =>
    readFileSync(join(folder, 'audit', name), 'utf8')
      .trimEnd()
      .split('\n'),
  );
}

/**
 * One run of the agent to its end.
 *
 * @param {{ users: number, calls: number, denied: number }} work
 * @param {{ policy?: boolean, gzip?: boolean }} options
 */
export async function runAgent(work, { policy = true, gzip = false } = {}) {
  const sink = await startSink(true);
  const folder = policyFolder();
  try {
    const { child, ended } = startAgent(work, {
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      OTEL_METRIC_EXPORT_INTERVAL: '3600000',
      ...(gzip && { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }),
      ...(policy && { MCP_GUARD_POLICY: join(folder, 'policy.yaml') }),
    });
    child.stdout.resume();
    await ended;
    const of = (path) => sink.requests.filter((request) => request.path === path);
    const headers = (sink.socketBytes() - sink.bodyBytes) / sink.count;
    const audit = policy ? auditLines(folder) : [];
    return { traces: of('/v1/traces'), metrics: of('/v1/metrics'), headers, audit };
  } finally {
    sink.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
