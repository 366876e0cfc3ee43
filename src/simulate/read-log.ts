/** Reads the calls of an audit log. */
import { readAuditLines } from '../audit/reader';
import type { AuditRecord } from '../audit/schema';
import type { ArrivalsInLog } from './arrivals';
import { ArrivalCollector } from './arrivals';

export interface CallsInLog extends ArrivalsInLog {
  /** Records of all kinds. */
  readonly records: number;
  /** Lines that are no record, or torn. */
  readonly badLines: number;
}

/**
 * @param inputs - paths, folders, globs, or `-` for standard input
 * @param progress - told how many records were read
 * @throws when an input names nothing, or a file cannot be read
 */
export async function readCalls(
  inputs: readonly string[],
  stdin: AsyncIterable<unknown>,
  progress: (records: number) => void = () => undefined,
): Promise<CallsInLog> {
  const collector = new ArrivalCollector();
  let records = 0;
  let badLines = 0;
  for await (const lines of readAuditLines(inputs, stdin)) {
    for (const { record, problem } of lines) {
      if (problem !== undefined && problem !== 'other') badLines += 1;
      if (record === undefined) continue;
      records += 1;
      if (isPlausible(record)) collector.add(record);
      else badLines += 1;
    }
    progress(records);
  }
  return { ...collector.all(), records, badLines };
}

const TEXTS = [
  'writer',
  'call_id',
  'method',
  'target',
  'tool_name',
  'server_id',
  'user_id',
  'tenant_id',
  'agent_name',
  'session',
  'policy_digest',
  'tool_digest',
  'error_type',
  'arguments',
  'result',
] as const;

const isText = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === 'string';

const isCount = (value: unknown): boolean => value === undefined || (typeof value === 'number' && value >= 0);

const isListOf = (value: unknown, isOne: (entry: unknown) => boolean): boolean =>
  value === undefined || (Array.isArray(value) && value.every(isOne));

const ACTIONS = new Set<unknown>(['allowed', 'blocked', 'observed', 'modified', 'failed_open', undefined]);

function isDecision(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { checked, guard, reason, rule } = value as Readonly<Record<string, unknown>>;
  return [checked, guard, reason, rule].every(isText);
}

/** Anybody may have written a line of a shared log. */
function isPlausible(record: AuditRecord): boolean {
  return (
    TEXTS.every((name) => isText(record[name])) &&
    ACTIONS.has(record.action) &&
    isCount(record.latency_ms) &&
    isCount(record.req_bytes) &&
    isListOf(record.roles, (role) => typeof role === 'string') &&
    isListOf(record.decisions, isDecision)
  );
}
