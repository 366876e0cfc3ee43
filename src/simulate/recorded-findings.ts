/**
 * What guards found when a line was written, for those that cannot be asked again because the log does not have what they
 * look into. It holds where the policy says the same of them as the one that was in force.
 */
import type { AuditDecision } from '../audit/schema';
import type { Finding } from '../guards/guard';
import { ALLOWED } from '../guards/guard';
import type { Mode, Policy } from '../policy/schema';
import type { Arrival } from './arrivals';

type Looking = 'path_traversal' | 'url' | 'content';

export class RecordedFindings {
  private readonly same: ReadonlySet<Looking>;

  /** @param policies - the one that was in force, and the one that is to decide */
  constructor(
    private readonly digest: string,
    ...policies: readonly [Policy, Policy]
  ) {
    const [then, now] = policies;
    const names = ['path_traversal', 'url', 'content'] as const;
    this.same = new Set(
      names.filter((name) => sectionText(name, then) === sectionText(name, now) && isOn(name, then)),
    );
  }

  /** @returns `unknown` where the log does not say it, or it would not hold; `undefined`: the guard was not concerned */
  of(guard: string, arrival: Arrival, stage: 'request' | 'result'): Finding | undefined | 'unknown' {
    if (arrival.policyDigest !== this.digest || !this.same.has(guard as Looking)) return 'unknown';
    const { decisions } = arrival;
    const rows = decisions.filter(
      (row) => row.guard === guard && (row.stage ?? 'request') === stage && row.reason !== 'own_file',
    );
    if (rows.length > 0) return chained(rows);
    // What decides about sizes keeps the others from looking; what denied the call, from looking at its result.
    const wasKept = decisions.some((row) => row.guard === 'input_size' && row.verdict === 'deny');
    const wasDenied = decisions.some((row) => row.action === 'blocked');
    if (wasKept || (stage === 'result' && wasDenied)) return 'unknown';
    const wasChecked = decisions.some(({ checked }) => checked?.split(',').includes(guard) === true);
    return wasChecked ? ALLOWED : undefined;
  }
}

/** Several findings of a guard follow each other. */
function chained(rows: readonly AuditDecision[]): Finding | undefined {
  let also: Finding | undefined;
  for (const { reason = 'unknown', rule, verdict } of rows.toReversed())
    also = { verdict, reason, rule, also };
  return also;
}

/** Of a section, what it decides by; its mode says only what is done about that. */
function sectionText(guard: Looking, { content, paths, servers, urls }: Policy): string {
  if (guard === 'url') return withoutMode(urls);
  if (guard === 'content') return withoutMode(content);
  const filesystems = Object.entries(servers).map(([alias, { filesystem, match }]) => [
    alias,
    filesystem,
    match,
  ]);
  return (
    withoutMode(paths) + JSON.stringify(filesystems.filter(([, filesystem]) => filesystem !== undefined))
  );
}

function withoutMode(section: { readonly mode?: Mode | undefined } | undefined): string {
  return JSON.stringify({ ...section, mode: undefined, isThere: section !== undefined });
}

function isOn(guard: Looking, { content, mode, paths, urls }: Policy): boolean {
  const section = { path_traversal: paths, url: urls, content }[guard];
  return section !== undefined && (section.mode ?? mode) !== 'off';
}
