/** The policy that is in force: its guards, its audit log, and what telemetry is told of both. */
import { canonicalize } from 'json-canonicalize';

import { auditKeys, readSecret } from '../audit/keys';
import { AuditLog } from '../audit/log';
import { say } from '../core/diagnostics';
import { hashKey } from '../core/hash-key';
import { describeServersBy } from '../core/server-settings';
import { compilePolicy } from '../guards/compile';
import { denialKindOfDecision } from '../guards/denials';
import { LimitStores, requirePackages } from '../guards/limit-stores';
import { ToolDefinitions } from '../guards/tool-definitions';
import { refineByEnvironment } from '../policy/environment';
import type { LoadedPolicy } from '../policy/load';
import { protectedPaths, resolvedPolicy } from '../policy/load';
import { problemText } from '../policy/problem';
import type { Policy } from '../policy/schema';
import { GuardState } from './guard-state';
import { useIdentitySources } from './identity';
import type { Force } from './policy-activation';
import { PolicyGuards } from './policy-guards';

/** Digits of the digest that telemetry shows. */
const SHOWN_DIGITS = 12;

export class PolicyInForce {
  private policy: Policy | undefined;
  private audit: { readonly log: AuditLog; readonly section: string } | undefined;
  private unsubscribe: (() => void) | undefined;
  readonly state = new GuardState();
  private readonly definitions = new ToolDefinitions();
  /** Outlives policies: a reload resets no counter. */
  private readonly limits = new LimitStores(this.state);

  constructor(private readonly force: Force) {}

  /** Id of the policy; `undefined` before the first. */
  get id(): string | undefined {
    return this.policy?.id;
  }

  /** @throws when the audit key cannot be read, or a package is missing: then what was in force stays so */
  put(loaded: LoadedPolicy): void {
    const policy = refineByEnvironment(resolvedPolicy(loaded));
    requirePackages(policy.limits, loaded.file);
    const log = this.useAudit(policy.audit, loaded.digest);
    const compiled = compilePolicy(policy, {
      clock: Date.now,
      counters: this.limits.use(policy.limits),
      ownFiles: protectedPaths(loaded),
      definitions: this.definitions,
      isAuditWritable: policy.audit?.on_failure === 'block' ? () => log?.isWritable() === true : undefined,
    });
    this.policy = policy;
    const digest = loaded.digest.slice(0, SHOWN_DIGITS);
    this.state.policy = { policy: policy.id, digest, mode: policy.mode };
    this.state.breaker = compiled.breaker;
    useIdentitySources(policy.identity?.from);
    describeServersBy((identity) => {
      const alias = compiled.servers.named(identity);
      return { alias, propagate: policy.servers[alias ?? '*']?.propagate ?? 'all' };
    });
    for (const warning of loaded.warnings) say(`policy: ${problemText(warning)}`);
    const telemetry = {
      id: policy.id,
      digest,
      events: policy.telemetry?.decisions ?? 'summary',
      userLabel: policy.metrics?.user_label,
      logRecords: policy.audit?.log_records === true,
      guards: compiled.engine.guards,
    };
    this.force.use(new PolicyGuards(compiled, policy.deny_as, Date.now), telemetry, this.state);
  }

  /** The process ends: the audit log gets its last line. */
  close(): void {
    this.audit?.log.close();
  }

  /** The log goes on where the section stays the same. */
  private useAudit(section: Policy['audit'], digest: string): AuditLog | undefined {
    const wanted = section && canonicalize(section);
    if (this.audit !== undefined && this.audit.section === wanted) {
      this.audit.log.usePolicy(digest);
      return this.audit.log;
    }
    const log = section && openLog(section, digest, this.definitions, this.force);
    this.unsubscribe?.();
    this.audit?.log.close();
    this.unsubscribe = log && this.force.subscribe(log);
    this.state.useAudit(log);
    this.audit = log === undefined || wanted === undefined ? undefined : { log, section: wanted };
    return log;
  }
}

function openLog(
  section: NonNullable<Policy['audit']>,
  digest: string,
  definitions: ToolDefinitions,
  force: Force,
): AuditLog {
  const secret = section.key_file === undefined ? hashKey() : readSecret(section.key_file);
  return new AuditLog({
    policy: section,
    policyDigest: digest,
    keys: auditKeys(secret),
    denialKind: denialKindOfDecision,
    anchored: (anchor) => force.anchor(anchor),
    written: section.log_records ? (record) => force.log(record) : undefined,
    facts: ({ method, session, target, trace }) => ({
      ...trace,
      toolDigest: method === 'tools/call' && target ? definitions.digestOf(session, target.name) : undefined,
    }),
  });
}
