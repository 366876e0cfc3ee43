/** One run of the guards: over a call, its result, or the definitions of a list. */
import type { Decision, DecisionMode, DenialKind, McpCall, Stage } from '../core/call';
import { countInternalError } from '../core/diagnostics';
import type { GuardName, Mode } from '../policy/schema';
import { denialKindOf } from './denials';
import type { Denial } from './errors';
import type { Finding, GuardInput, Reservation, StatefulGuard, ToolDefinition } from './guard';
import { ALLOWED } from './guard';
import type { Limit } from './limit';
import { findingOf } from './limit';
import type { EngineParts, Fields, ListRuling, ResultRuling, Ruling } from './ruling';
import type { Answer, Asked, Taking } from './shared-limits';

/** After a denial for its size nothing looks into the arguments. */
const LOOKS_INSIDE = new Set<GuardName>(['tool_pin', 'path_traversal', 'url', 'content']);

interface Reserved {
  readonly mode: DecisionMode;
  readonly reservation: Reservation;
}

export class Deciding {
  readonly decisions: Decision[] = [];
  private readonly reserved: Reserved[] = [];
  private denial: Denial | undefined;
  /** A guard denies, or would in `enforce`. */
  private wouldDeny = false;

  /** Name of the tool whose definition is being looked at. */
  private tool: string | undefined;
  /** Guards that looked at definitions; of those that found nothing, each has one decision for the list. */
  private readonly looked = new Map<GuardName, DecisionMode>();

  constructor(
    private readonly parts: EngineParts,
    private readonly stage: Stage,
  ) {}

  strip(call: McpCall): Fields | undefined {
    let stripped: Fields | undefined;
    for (const { name, mode, strip } of this.parts.pure) {
      if (strip === undefined || this.effective(mode) !== 'enforce') continue;
      stripped = this.attempt(name, 'enforce', () => strip(call)) ?? stripped;
    }
    return stripped;
  }

  reviewResult(input: GuardInput, value: unknown): ResultRuling {
    let given = value;
    for (const { name, mode, checkResult } of this.parts.pure) {
      if (checkResult === undefined) continue;
      given = this.look(name, mode, () => checkResult(input, given), given);
    }
    return { decisions: this.decisions, denial: this.denial, value: given };
  }

  reviewList(input: GuardInput, tools: readonly ToolDefinition[]): ListRuling {
    const given = tools.map((tool) => this.reviewDefinition(input, tool));
    this.tool = undefined;
    for (const guard of this.parts.pure) {
      const mode = this.effective(guard.mode);
      if (mode === 'off' || guard.checkDefinition === undefined) continue;
      this.attempt(guard.name, mode, () => guard.listed?.());
    }
    for (const [guard, mode] of this.looked) {
      if (this.decisions.some((decision) => decision.guard === guard)) continue;
      this.decide(guard, { verdict: 'allow', reason: 'allowed' }, mode, 'allowed');
    }
    const kept = given.filter((tool) => tool !== undefined);
    const isSame = kept.length === tools.length && kept.every((tool, index) => tool === tools[index]);
    return { decisions: this.decisions, tools: isSame ? tools : kept };
  }

  /** @returns what the caller gets; `undefined`: nothing of it */
  private reviewDefinition(input: GuardInput, tool: ToolDefinition): ToolDefinition | undefined {
    this.denial = undefined;
    this.tool = tool.name;
    let given = tool;
    for (const { name, mode, checkDefinition } of this.parts.pure) {
      if (checkDefinition === undefined) continue;
      given = this.look(name, mode, () => checkDefinition(input, given), given);
    }
    return this.denial === undefined ? given : undefined;
  }

  /** @returns what takes the place of `given`, or `given` itself */
  private look<T>(guard: GuardName, own: Mode | undefined, question: () => Finding | undefined, given: T): T {
    const mode = this.effective(own);
    if (mode === 'off') return given;
    if (this.stage === 'definition') this.looked.set(guard, mode);
    let replaced = given;
    for (let found = this.attempt(guard, mode, question); found !== undefined; found = found.also) {
      const effective = this.effective(found.mode ?? own);
      this.record(guard, found, effective);
      if (found.verdict === 'modify' && effective === 'enforce') replaced = found.replacement as T;
    }
    return replaced;
  }

  runPure(input: GuardInput): void {
    let isTooLarge = false;
    for (const guard of this.parts.pure) {
      if (isTooLarge && LOOKS_INSIDE.has(guard.name)) continue;
      const mode = this.effective(guard.mode);
      if (mode === 'off') continue;
      let found = this.attempt(guard.name, mode, () => guard.check(input));
      for (; found !== undefined; found = found.also) {
        const isDenied = this.record(guard.name, found, this.effective(found.mode ?? guard.mode));
        if (isDenied && guard.name === 'input_size') isTooLarge = true;
      }
    }
  }

  runStateful(input: GuardInput, guards: readonly StatefulGuard[] = this.parts.stateful): void {
    for (const guard of guards) {
      if (this.denial !== undefined) return;
      const mode = this.effective(guard.mode);
      // What enforcing would have denied already does not reach a limit that predicts enforcing.
      if (mode === 'off' || (mode === 'observe' && this.wouldDeny)) continue;
      const reservation = this.attempt(guard.name, mode, () => guard.reserve(input));
      if (reservation === undefined) continue;
      this.record(guard.name, reservation.finding, mode);
      if (reservation.finding.verdict === 'allow') this.reserved.push({ mode, reservation });
    }
  }

  /** Whether a guard has denied, or would have in `enforce`. */
  get isDenied(): boolean {
    return this.wouldDeny;
  }

  /** What limits want of this call that are counted elsewhere. */
  ask(limits: readonly Limit[], input: GuardInput): Asked[] {
    const asked: Asked[] = [];
    if (this.denial !== undefined) return asked;
    for (const limit of limits) {
      const mode = this.effective(limit.mode);
      if (mode === 'off' || (mode === 'observe' && this.wouldDeny)) continue;
      const charges = this.attempt(limit.name, mode, () => limit.charges(input));
      if (charges !== undefined) asked.push({ limit, mode, charges });
    }
    return asked;
  }

  /** What they were answered; the store has kept what is to be kept, and knows what there is to give back. */
  answered(asked: readonly Asked[], taking: Taking, answers: readonly (Answer | undefined)[]): void {
    for (const [index, { limit, mode, charges }] of asked.entries()) {
      const answer = answers[index];
      const charge = charges[answer?.charge ?? 0];
      if (answer === undefined || charge === undefined) continue;
      this.record(limit.name, findingOf(limit.id, charge, answer), mode);
    }
    this.holds(asked, taking);
  }

  /** Whatever the store has taken, or may yet take, is given back with everything else. */
  holds(asked: readonly Asked[], taking: Taking): void {
    for (const one of asked) {
      this.reserved.push({
        mode: one.mode,
        reservation: { finding: ALLOWED, refund: () => taking.refund(one) },
      });
    }
  }

  /** What is denied consumes nothing; what would be denied consumes nothing of limits that observe. */
  keep(): readonly Reserved[] {
    return this.reserved.filter(({ mode, reservation }) => {
      const keeps = this.denial === undefined && (mode === 'enforce' || !this.wouldDeny);
      if (!keeps) reservation.refund();
      return keeps;
    });
  }

  ruling(input: GuardInput, stripped: Fields | undefined): Ruling {
    const { decisions, denial } = this;
    const kept = this.keep();
    if (denial === undefined) for (const guard of this.parts.pure) guard.admitted?.(input);
    return {
      decisions,
      denial,
      stripped,
      settled: (errorType) => {
        for (const { reservation } of kept) reservation.settled?.(errorType);
      },
      refund: () => {
        for (const { reservation } of kept) reservation.refund();
      },
    };
  }

  /** @returns whether it is a denial, observed ones included */
  private record(guard: GuardName, found: Finding, mode: Mode): boolean {
    if (mode === 'off') return false;
    const { verdict, reason } = found;
    if (verdict === 'error') {
      this.failed(guard, mode, reason);
      return false;
    }
    // Definitions are many: those that are allowed are one decision.
    if (verdict === 'allow' && this.stage === 'definition') return false;
    this.decide(guard, found, mode, verdict === 'allow' ? 'allowed' : DONE[verdict][mode]);
    if (verdict === 'deny') this.denied(denialKindOf(guard), guard, mode, found);
    return verdict === 'deny';
  }

  private decide(guard: GuardName, found: Finding, mode: DecisionMode, action: Decision['action']): void {
    const { cost, verdict, reason, rule, limit, remaining, retryAfterMs } = found;
    this.decisions.push({
      guard,
      verdict,
      action,
      mode,
      reason,
      stage: this.stage,
      tool: this.tool,
      rule,
      limit,
      remaining,
      retryAfterMs,
      cost,
    });
  }

  private denied(kind: DenialKind, guard: GuardName, mode: DecisionMode, found?: Finding): void {
    this.wouldDeny = true;
    if (mode !== 'enforce') return;
    this.denial ??= { kind, guard, rule: found?.rule, retryAfterMs: found?.retryAfterMs };
  }

  /** A guard that fails is a visible decision of its own. */
  private attempt<T>(guard: GuardName, mode: DecisionMode, question: () => T): T | undefined {
    try {
      return question();
    } catch (error) {
      countInternalError('guards', error);
      this.failed(guard, mode, 'guard_failed');
      return undefined;
    }
  }

  failed(
    guard: GuardName,
    mode: DecisionMode,
    reason: string,
    onError = this.parts.onError(guard),
    rule?: string,
  ): void {
    const isClosed = onError === 'closed';
    const action = isClosed ? DONE.deny[mode] : 'failed_open';
    this.decide(guard, { verdict: 'error', reason, rule }, mode, action);
    if (isClosed) this.denied('guard_unavailable', guard, mode);
  }

  private effective(own: Mode | undefined): Mode {
    return own ?? this.parts.mode;
  }
}

const DONE = {
  deny: { enforce: 'blocked', observe: 'observed' },
  modify: { enforce: 'modified', observe: 'observed' },
} as const;
