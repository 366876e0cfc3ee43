/**
 * Runs the guards of a policy on one call, in their order.
 *
 * Guards without state all run and all are recorded; the first denial decides. Limits only set aside, and only for a call
 * that nothing denies: what was set aside is given back when the call is not sent. A limit that observes counts the calls
 * that `enforce` would have let through, so that it predicts what enforcing would do; one that enforces counts the calls
 * that are really sent.
 */
import type { Decision, DecisionMode, DenialKind } from '../core/call';
import { countInternalError } from '../core/diagnostics';
import type { GuardName, Mode } from '../policy/schema';
import { denialKindOf } from './denials';
import type { Denial } from './errors';
import type { Finding, GuardInput, PureGuard, Reservation, StatefulGuard } from './guard';

/** What the engine is made of. */
export interface EngineParts {
  readonly pure: readonly PureGuard[];
  readonly stateful: readonly StatefulGuard[];
  /** Mode of guards and rules that have none of their own. */
  readonly mode: Mode;
  /** What happens to a call when this guard fails itself. */
  readonly onError: (guard: GuardName) => 'open' | 'closed';
}

/** What was decided about a call. */
export interface Ruling {
  readonly decisions: readonly Decision[];
  /** Why the call may not be made. */
  readonly denial: Denial | undefined;
  /** Tells limits and breakers how an admitted call ended; `errorType` is absent on success. */
  settled(errorType: string | undefined): void;
  /** The call was admitted and not sent all the same. */
  refund(): void;
}

/** After a denial for its size nothing looks into the arguments. */
const LOOKS_INSIDE = new Set<GuardName>(['tool_pin', 'path_traversal', 'url', 'content']);

export class Engine {
  constructor(private readonly parts: EngineParts) {}

  /** Names of the guards that are configured, in order. */
  get guards(): readonly GuardName[] {
    const { pure, stateful } = this.parts;
    return [...new Set([...pure, ...stateful].map(({ name }) => name))];
  }

  decide(input: GuardInput): Ruling {
    const deciding = new Deciding(this.parts);
    deciding.runPure(input);
    deciding.runStateful(input);
    return deciding.ruling(input);
  }

  /** The server guard alone, before there is a connection. */
  decideConnection(input: GuardInput): Ruling {
    const deciding = new Deciding({
      ...this.parts,
      pure: this.parts.pure.filter(({ name }) => name === 'server_allowlist'),
      stateful: [],
    });
    deciding.runPure(input);
    return deciding.ruling(input);
  }
}

class Deciding {
  private readonly decisions: Decision[] = [];
  private readonly reserved: { readonly mode: DecisionMode; readonly reservation: Reservation }[] = [];
  private denial: Denial | undefined;
  /** A guard denies, or would in `enforce`. */
  private wouldDeny = false;

  constructor(private readonly parts: EngineParts) {}

  runPure(input: GuardInput): void {
    let isTooLarge = false;
    for (const guard of this.parts.pure) {
      if (isTooLarge && LOOKS_INSIDE.has(guard.name)) continue;
      const mode = this.effective(guard.mode);
      if (mode === 'off') continue;
      const found = this.ask(guard.name, mode, () => guard.check(input));
      if (found === undefined) continue;
      const isDenied = this.record(guard.name, found, this.effective(found.mode ?? guard.mode));
      if (isDenied && guard.name === 'input_size') isTooLarge = true;
    }
  }

  runStateful(input: GuardInput): void {
    for (const guard of this.parts.stateful) {
      if (this.denial !== undefined) return;
      const mode = this.effective(guard.mode);
      // What enforcing would have denied already does not reach a limit that predicts enforcing.
      if (mode === 'off' || (mode === 'observe' && this.wouldDeny)) continue;
      const reservation = this.ask(guard.name, mode, () => guard.reserve(input));
      if (reservation === undefined) continue;
      this.record(guard.name, reservation.finding, mode);
      if (reservation.finding.verdict === 'allow') this.reserved.push({ mode, reservation });
    }
  }

  ruling(input: GuardInput): Ruling {
    const { decisions, denial } = this;
    // What is denied consumes nothing; what would be denied consumes nothing of limits that observe.
    const kept = this.reserved.filter(({ mode, reservation }) => {
      const keeps = denial === undefined && (mode === 'enforce' || !this.wouldDeny);
      if (!keeps) reservation.refund();
      return keeps;
    });
    if (denial === undefined) for (const guard of this.parts.pure) guard.admitted?.(input);
    return {
      decisions,
      denial,
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
    const { verdict, reason, rule, limit, remaining, retryAfterMs } = found;
    if (mode === 'off') return false;
    const isDenied = verdict === 'deny';
    const action = isDenied ? (mode === 'enforce' ? 'blocked' : 'observed') : 'allowed';
    this.decisions.push({
      guard,
      verdict,
      action,
      mode,
      reason,
      stage: 'request',
      rule,
      limit,
      remaining,
      retryAfterMs,
    });
    if (isDenied) this.denied(denialKindOf(guard), guard, mode, found);
    return isDenied;
  }

  private denied(kind: DenialKind, guard: GuardName, mode: DecisionMode, found?: Finding): void {
    this.wouldDeny = true;
    if (mode !== 'enforce') return;
    this.denial ??= { kind, guard, rule: found?.rule, retryAfterMs: found?.retryAfterMs };
  }

  /** A guard that fails is a visible decision of its own. */
  private ask<T>(guard: GuardName, mode: DecisionMode, question: () => T): T | undefined {
    try {
      return question();
    } catch (error) {
      countInternalError('guards', error);
      const isClosed = this.parts.onError(guard) === 'closed';
      const action = isClosed ? (mode === 'enforce' ? 'blocked' : 'observed') : 'failed_open';
      this.decisions.push({
        guard,
        verdict: 'error',
        action,
        mode,
        reason: 'guard_failed',
        stage: 'request',
      });
      if (isClosed) this.denied('guard_unavailable', guard, mode);
      return undefined;
    }
  }

  private effective(own: Mode | undefined): Mode {
    return own ?? this.parts.mode;
  }
}
