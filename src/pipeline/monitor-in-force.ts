/** The monitor of the policy in force. Loaded only where a policy has a `monitor` section. */
import { canonicalize } from 'json-canonicalize';

import type { CallFacts } from '../audit/record';
import type { McpCall } from '../core/call';
import type { KeptFile } from '../core/kept-file';
import { denialKindOfDecision } from '../guards/denials';
import { compileMonitor, type CompiledMonitorWithUsage } from '../monitor/compile';
import { carryOver } from '../monitor/state';
import { openStateFile } from '../monitor/state-file';
import type { RuleFile } from '../policy/rule-files';
import type { Policy } from '../policy/schema';
import { Monitoring, type FindingOutlets } from './monitoring';
import type { Recorder } from './recorder';
import { UnloggedLines } from './unlogged-lines';

export interface MonitorOptions extends FindingOutlets {
  /** Told of every key that was forgotten because there were too many. */
  readonly evicted: (state: string) => void;
  /** What is known of a call beyond itself, where no audit log asks. */
  readonly facts: (call: McpCall) => CallFacts;
  readonly subscribe: (recorder: Recorder) => () => void;
}

/** Calls are those with their authentications. */
type Listening = 'calls' | 'auth' | 'nothing';

export class MonitorInForce {
  readonly monitoring: Monitoring;
  private compiled: CompiledMonitorWithUsage | undefined;
  private sections = '';
  private listening: Listening = 'nothing';
  private readonly unsubscribe: (() => void)[] = [];
  private stateFile: { readonly path: string; readonly kept: KeptFile | undefined } | undefined;

  constructor(private readonly options: MonitorOptions) {
    this.monitoring = new Monitoring(options);
  }

  /**
   * Makes a monitor of a policy; what the one before has learned goes on.
   *
   * @param ruleFiles - that the policy names
   * @returns what puts it into force
   * @throws PolicyError for rules that cannot be used
   */
  prepare(policy: Policy, ruleFiles: readonly RuleFile[]): () => void {
    const { audit, classification = null, monitor = null } = policy;
    const sections = canonicalize({ classification, monitor, ruleFiles });
    const isSame = this.compiled !== undefined && sections === this.sections;
    const compiled = isSame ? this.compiled : compileMonitor(policy, ruleFiles, this.options.evicted);
    return () => {
      const isFirst = this.compiled === undefined;
      if (this.compiled !== undefined && compiled !== undefined && !isSame)
        carryOver(this.compiled.persistent, compiled.persistent);
      this.compiled = compiled;
      this.sections = sections;
      this.useStateFile(policy.monitor?.state_file, isFirst);
      this.monitoring.use(compiled);
      this.listen(audit === undefined ? 'calls' : 'auth');
    };
  }

  /** A policy without a monitor is in force now. */
  stop(): void {
    this.useStateFile(undefined);
    this.compiled = undefined;
    this.monitoring.use(undefined);
    this.listen('nothing');
  }

  /** The process ends: the monitor looks at what is left, and what it has learned is saved. */
  close(): void {
    this.monitoring.close();
    this.useStateFile(undefined);
  }

  /** @param isFirst - nothing has been learned yet that would go before what the file knows */
  private useStateFile(path: string | undefined, isFirst = false): void {
    if (path === this.stateFile?.path) return;
    this.stateFile?.kept?.close();
    const kept = {
      parts: () => this.compiled?.persistent ?? [],
      changes: () => this.monitoring.observed,
      restores: isFirst,
    };
    this.stateFile = path === undefined ? undefined : { path, kept: openStateFile(path, kept) };
    this.monitoring.isStateKept = this.stateFile && this.stateFile.kept !== undefined;
  }

  /**
   * Where there is no audit log, its lines are made for us alone. Who listens goes on over a reload: it knows what calls that
   * are under way have had.
   */
  private listen(to: Listening): void {
    if (to === this.listening) return;
    this.listening = to;
    for (const unsubscribe of this.unsubscribe.splice(0)) unsubscribe();
    if (to === 'nothing') return;
    const { monitoring } = this;
    const { facts, subscribe } = this.options;
    this.unsubscribe.push(subscribe(monitoring.attempts));
    if (to === 'auth') return;
    const lines = new UnloggedLines({ monitoring, denialKind: denialKindOfDecision, facts });
    this.unsubscribe.push(subscribe(lines));
  }
}
