/**
 * The `auth/*` scenarios once more, under a policy with a monitor: the suite must say the same of the client as without us, and
 * every authentication must be in the audit log, once.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readAuditRecords } from '../../src/audit/reader';
import { AUTHENTICATIONS } from './authentications';
import { runSuite, type Major } from './suite';

const POLICY = { version: 1, id: 'conformance', mode: 'observe', audit: { dir: 'audit' }, monitor: {} };
/** As of the other scenarios: a busy machine may delay a program by chance. */
const ATTEMPTS = 3;

interface Watched {
  readonly checks: readonly string[];
  readonly outcomes: readonly string[];
}

export interface AuthScenario {
  readonly scenario: string;
  readonly major: Major;
  /** Of the suite, without us. */
  readonly bare: readonly string[];
}

/** @returns how many scenarios are not as they should be */
export async function checkAuthentications(
  scenarios: readonly AuthScenario[],
  print: (text: string) => unknown,
): Promise<number> {
  const width = Math.max(...scenarios.map(({ scenario }) => scenario.length)) + 2;
  let failed = 0;
  for (const { scenario, major, bare } of scenarios) {
    // oxlint-disable-next-line no-await-in-loop -- each has the machine for itself
    const { checks, outcomes } = await watched(scenario, major, bare);
    const wanted = AUTHENTICATIONS[scenario]?.[major];
    const problems = [
      ...(outcomes.join() === wanted?.join() ? [] : [`expected ${wanted?.join(', ') ?? 'an entry'}`]),
      ...(checks.join() === bare.join() ? [] : ['the suite says something else than without us']),
    ];
    if (problems.length > 0) failed += 1;
    const line = `${major}  ${scenario.padEnd(width)}${outcomes.join(', ') || '-'}`;
    print([line, ...problems.map((problem) => `    X ${problem}`)].join('\n'));
  }
  print(`${scenarios.length} scenarios of authentication: ${scenarios.length - failed} as they should be`);
  return failed;
}

async function watched(scenario: string, major: Major, bare: readonly string[]): Promise<Watched> {
  let found: Watched = { checks: [], outcomes: [] };
  for (let attempt = 1; attempt <= ATTEMPTS && found.checks.join() !== bare.join(); attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- only where it differs
    found = await run(scenario, major);
  }
  return found;
}

async function run(scenario: string, major: Major): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-auth-'));
  try {
    const policy = join(folder, 'policy.json');
    writeFileSync(policy, JSON.stringify(POLICY));
    const env = { MCP_GUARD_POLICY: policy, OTEL_MCP_SDK: 'off' };
    const results = await runSuite('client', { major, preload: true, env, scenario });
    return { checks: [...results.values()][0] ?? [], outcomes: await outcomesIn(join(folder, 'audit')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function outcomesIn(log: string): Promise<string[]> {
  const outcomes: string[] = [];
  if (!existsSync(log)) return outcomes;
  for await (const { event, method, success, error_type } of readAuditRecords([log])) {
    if (event === 'mcp_auth') outcomes.push(`${method} ${success === true ? 'success' : error_type}`);
  }
  return outcomes;
}
