/** All findings, and what they come to. */
import { checkPolicy } from './check-policy';
import { checkSdk } from './check-sdk';
import { checkServers } from './check-servers';
import { checkStart } from './check-start';
import { checkTelemetry } from './check-telemetry';
import { withoutSecrets } from './command-line';
import type { Evidence } from './evidence';
import type { Finding } from './finding';
import type { Snapshot } from './snapshot';

export interface Diagnosis {
  readonly status: 'ok' | 'warn' | 'problem';
  readonly command: readonly string[];
  /** How the run ended; absent when nothing was run. */
  readonly run?: {
    readonly seconds: number;
    /** `null`: doctor ended it. */
    readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  };
  readonly findings: readonly Finding[];
  /** Every process that loaded the probe, without its environment. */
  readonly processes: readonly Omit<Snapshot, 'environment'>[];
}

const ORDER = ['ok', 'warn', 'problem'] as const;

export function diagnose(evidence: Evidence): Diagnosis {
  const findings = [checkStart, checkSdk, checkTelemetry, checkPolicy, checkServers].flatMap((check) => [
    ...check(evidence),
  ]);
  const worst = Math.max(0, ...findings.map(({ level }) => ORDER.indexOf(level)));
  const { command, run } = evidence;
  return {
    status: ORDER[worst]!,
    command: withoutSecrets(command?.words ?? []),
    ...(run === undefined
      ? {}
      : { run: { seconds: Math.round(run.seconds * 10) / 10, exit: run.exit ?? null } }),
    findings,
    processes: (run?.snapshots ?? []).map(({ environment: _, ...told }) => told),
  };
}
