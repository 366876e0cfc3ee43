/** What `doctor` found: each is one thing seen, with its reason and its remedy where it is not in order. */

export type Level = 'ok' | 'warn' | 'problem';
export type Section = 'start' | 'sdk' | 'telemetry' | 'policy' | 'servers';

/** Stable: programs and tests look for them. */
export type FindingCode =
  // start
  | 'preloaded'
  | 'instrumented-in-code'
  | 'not-preloaded'
  | 'flag-order'
  | 'preload-not-found'
  | 'node-version'
  | 'node-too-old'
  | 'bun'
  | 'deno'
  | 'no-node-process'
  | 'agent-failed'
  | 'two-copies'
  | 'further-agents'
  // sdk
  | 'sdk'
  | 'several-sdk-copies'
  | 'bundle-not-recognised'
  | 'esm-hooks-forbidden'
  | 'no-sdk'
  | 'no-mcp-use'
  // telemetry
  | 'own-sdk'
  | 'agent-sdk'
  | 'agent-sdk-without-exporter'
  | 'agent-sdk-without-metrics'
  | 'no-provider'
  | 'sdk-not-loadable'
  | 'nothing-exported'
  | 'not-sampled'
  | 'exported'
  | 'endpoint'
  | 'endpoint-down'
  | 'endpoint-refuses'
  | 'export-failed'
  | 'port'
  | 'port-taken'
  | 'config-file'
  | 'message'
  | 'internal-error'
  // policy
  | 'no-policy'
  | 'policy'
  | 'policy-warning'
  | 'policy-invalid'
  | 'policy-not-in-force'
  | 'audit-log'
  | 'audit-not-writable'
  | 'monitor'
  | 'no-monitor'
  | 'monitor-dropped'
  | 'monitor-state-file'
  // servers
  | 'server'
  | 'server-not-connected'
  | 'server-not-preloaded';

export interface Finding {
  readonly level: Level;
  readonly code: FindingCode;
  readonly section: Section;
  readonly seen: string;
  /** Why it matters. */
  readonly why?: string;
  /** What to do; lines to type or to write are among them as they are. */
  readonly remedy?: readonly string[];
}

export type Findings = Iterable<Finding>;

/** Makes the findings of one section. */
export function findingsOf(section: Section) {
  return {
    ok: (code: FindingCode, seen: string): Finding => ({ level: 'ok', code, section, seen }),
    warn: (code: FindingCode, seen: string, why: string, ...remedy: string[]): Finding => ({
      level: 'warn',
      code,
      section,
      seen,
      why,
      remedy,
    }),
    problem: (code: FindingCode, seen: string, why: string, ...remedy: string[]): Finding => ({
      level: 'problem',
      code,
      section,
      seen,
      why,
      remedy,
    }),
  };
}
