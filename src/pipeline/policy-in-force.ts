/** The policy that is in force: its guards, its audit log, and what telemetry is told of both. */
import { canonicalize } from 'json-canonicalize';

import { auditKeys, readSecret } from '../audit/keys';
import { AuditLog, type AuditLogOptions } from '../audit/log';
import type { CallFacts } from '../audit/record';
import type { McpCall } from '../core/call';
import { say } from '../core/diagnostics';
import { hashKey } from '../core/hash-key';
import { describeServersBy } from '../core/server-settings';
import { compilePolicy } from '../guards/compile';
import { denialKindOfDecision } from '../guards/denials';
import { LimitStores, requirePackages } from '../guards/limit-stores';
import { ToolDefinitions } from '../guards/tool-definitions';
import { refineByEnvironment } from '../policy/environment';
import type { LoadedPolicy } from '../policy/load';
import { protectedPaths, resolvedPolicy, ruleFilesOf } from '../policy/load';
import { problemText } from '../policy/problem';
import type { RuleFile } from '../policy/rule-files';
import type { Policy } from '../policy/schema';
import { GuardState } from './guard-state';
import { useIdentitySources } from './identity';
import type * as MonitorModule from './monitor-in-force';
import type { MonitorInForce } from './monitor-in-force';
import type { Force } from './policy-activation';
import { PolicyGuards } from './policy-guards';

/** Digits of the digest that telemetry shows. */
const SHOWN_DIGITS = 12;

export class PolicyInForce {
  private policy: Policy | undefined;
  private audit: { readonly log: AuditLog; readonly section: string } | undefined;
  private unsubscribe: (() => void) | undefined;
  /** From the first policy with a monitor on. */
  private monitor: MonitorInForce | undefined;
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
    const useMonitor = this.prepareMonitor(policy, ruleFilesOf(loaded));
    const compiled = compilePolicy(policy, {
      clock: Date.now,
      counters: this.limits.use(policy.limits),
      ownFiles: protectedPaths(loaded),
      definitions: this.definitions,
      isAuditWritable:
        policy.audit?.on_failure === 'block' ? () => this.audit?.log.isWritable() === true : undefined,
    });
    // Nothing is put into force before all of it is known to be in order.
    this.useAudit(policy.audit, loaded.digest);
    this.audit?.log.useAuthEvents(policy.monitor !== undefined);
    useMonitor();
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
      wantsLogs: policy.audit?.log_records === true || policy.monitor !== undefined,
      guards: compiled.engine.guards,
    };
    this.force.use(new PolicyGuards(compiled, policy.deny_as, Date.now), telemetry, this.state);
  }

  /** The process ends: the monitor looks at what is left, and the audit log gets its last line. */
  close(): void {
    this.monitor?.close();
    this.audit?.log.close();
  }

  /** @returns what puts it into force */
  private prepareMonitor(policy: Policy, ruleFiles: readonly RuleFile[]): () => void {
    if (policy.monitor === undefined) return () => this.monitor?.stop();
    const { MonitorInForce: InForce } = require('./monitor-in-force') as typeof MonitorModule;
    this.monitor ??= new InForce({
      evicted: this.state.evicted,
      signal: (finding, trace) => this.force.found(finding, trace),
      write: (fields) => this.audit?.log.write(fields),
      facts: (call) => factsOf(call, this.definitions),
      subscribe: (recorder) => this.force.subscribe(recorder),
    });
    this.state.monitor = this.monitor.monitoring;
    return this.monitor.prepare(policy, ruleFiles);
  }

  /** The log goes on where the section stays the same. */
  private useAudit(section: Policy['audit'], digest: string): void {
    const wanted = section && canonicalize(section);
    if (this.audit !== undefined && this.audit.section === wanted) {
      return this.audit.log.usePolicy(digest);
    }
    const told: AuditLogOptions['told'] = (line, trace) => this.monitor?.monitoring.told(line, trace);
    const log = section && openLog(section, digest, this.definitions, this.force, told);
    this.unsubscribe?.();
    this.audit?.log.close();
    this.unsubscribe = log && this.force.subscribe(log);
    this.state.useAudit(log);
    this.audit = log === undefined || wanted === undefined ? undefined : { log, section: wanted };
  }
}

function openLog(
  section: NonNullable<Policy['audit']>,
  digest: string,
  definitions: ToolDefinitions,
  force: Force,
  told: AuditLogOptions['told'],
): AuditLog {
  const secret = section.key_file === undefined ? hashKey() : readSecret(section.key_file);
  return new AuditLog({
    policy: section,
    policyDigest: digest,
    keys: auditKeys(secret),
    denialKind: denialKindOfDecision,
    anchored: (anchor) => force.anchor(anchor),
    written: section.log_records ? (record) => force.log(record) : undefined,
    facts: (call) => factsOf(call, definitions),
    told,
  });
}

function factsOf({ method, session, target, trace }: McpCall, definitions: ToolDefinitions): CallFacts {
  const isTool = method === 'tools/call' && target !== undefined;
  return { ...trace, toolDigest: isTool ? definitions.digestOf(session, target.name) : undefined };
}
