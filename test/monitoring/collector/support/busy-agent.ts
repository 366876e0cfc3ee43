/** Runs `programs/busy-agent.cjs` under the preload and its policy, and says what became of each of its calls. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { readAuditRecords } from '../../../../src/audit/reader';
import type { AuditRecord } from '../../../../src/audit/schema';
import { REPOSITORY } from '../../../support/installs';
import { expectExit, runProgram } from '../../../support/run-program';
import { writePolicy } from './policy';

export type Kind = 'plain' | 'failing' | 'slow' | 'denied' | 'observed' | 'broken';

export interface BusyAgent {
  readonly service: string;
  readonly counts: Readonly<Partial<Record<Kind, number>>>;
  /** Where agent and server send their telemetry. */
  readonly otlpUrl: string;
  /** Where the server sends its own. Default: the same. */
  readonly serverOtlpUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Calls {
  /** Every audited call, by what became of it; trace ids. */
  readonly traces: Readonly<Record<Kind, readonly string[]>>;
  /** Calls of tools, denied ones included. */
  readonly toolCalls: number;
}

const PROGRAM = join(REPOSITORY, 'test/monitoring/collector/programs/busy-agent.cjs');

export async function runBusyAgent(context: TestContext, agent: BusyAgent): Promise<Calls> {
  const folder = mkdtempSync(join(tmpdir(), 'busy-agent-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { file, audit } = writePolicy(folder);
  const result = await runProgram(PROGRAM, {
    // The server, which gets the agent's environment, is preloaded too.
    preload: 'inherited',
    timeoutMs: 60_000,
    env: {
      COUNTS: JSON.stringify(agent.counts),
      MCP_GUARD_POLICY: file,
      MCP_USER_ID: 'ada',
      OTEL_SERVICE_NAME: agent.service,
      OTEL_EXPORTER_OTLP_ENDPOINT: agent.otlpUrl,
      // Sends the heads of the audit chain too.
      OTEL_MCP_EVENTS: 'logs/dup',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_METRIC_EXPORT_TIMEOUT: '1000',
      ...(agent.serverOtlpUrl === undefined ? {} : { SERVER_ENDPOINT: agent.serverOtlpUrl }),
      ...agent.env,
    },
  });
  expectExit(result);
  return classify(await audited(audit));
}

async function audited(folder: string): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const record of readAuditRecords([folder])) records.push(record);
  return records.filter(({ trace_id: id }) => id !== undefined);
}

function classify(records: readonly AuditRecord[]): Calls {
  const traces: Record<Kind, string[]> = {
    plain: [],
    failing: [],
    slow: [],
    denied: [],
    observed: [],
    broken: [],
  };
  // An observed denial has a line of its own before that of the call.
  for (const record of records) {
    if (record.outcome !== undefined) traces[kindOf(record)].push(record.trace_id ?? '');
  }
  const toolCalls = records.filter(({ method, outcome }) => method === 'tools/call' && outcome !== undefined);
  return { traces, toolCalls: toolCalls.length };
}

function kindOf({ action, outcome, method, tool_name: tool }: AuditRecord): Kind {
  if (action === 'blocked') return 'denied';
  if (action === 'observed') return 'observed';
  if (outcome === 'error') return method === 'tools/call' ? 'failing' : 'broken';
  return tool === 'trigger-long-running-operation' ? 'slow' : 'plain';
}
