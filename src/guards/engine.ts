/**
 * Runs the guards of a policy on one call, in their order.
 *
 * Guards without state all run and all are recorded; the first denial decides. Limits only set aside, and only for a call
 * that nothing denies: what was set aside is given back when the call is not sent. A limit that observes counts the calls
 * that `enforce` would have let through, so that it predicts what enforcing would do; one that enforces counts the calls
 * that are really sent.
 */
import type { Decision, DecisionMode, DenialKind, McpCall, Stage } from '../core/call';
import { countInternalError } from '../core/diagnostics';
import type { GuardName, Mode } from '../policy/schema';
import { denialKindOf } from './denials';
import type { Denial } from './errors';
import type { Finding, GuardInput, PureGuard, Reservation, StatefulGuard, ToolDefinition } from './guard';

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
  /** Fields that go out in place of the call's own. */
  readonly stripped: Fields | undefined;
  /** Tells limits and breakers how an admitted call ended; `errorType` is absent on success. */
  settled(errorType: string | undefined): void;
  /** The call was admitted and not sent all the same. */
  refund(): void;
}

/** What was decided about a result. */
interface ResultRuling {
  readonly decisions: readonly Decision[];
  readonly denial: Denial | undefined;
  /** What the caller gets when it is not denied. */
  readonly value: unknown;
}

/** What was decided about the definitions of a list. */
interface ListRuling {
  readonly decisions: readonly Decision[];
  /** What the caller gets: the same list when nothing is taken out of it. */
  readonly tools: readonly ToolDefinition[];
}

/** Some of a call's parameters. */
type Fields = Readonly<Record<string, unknown>>;

/** After a denial for its size nothing looks into the arguments. */
const LOOKS_INSIDE = new Set<GuardName>(['tool_pin', 'path_traversal', 'url', 'content']);

export class Engine {
  /** Whether some guard looks at results, and whether one does at definitions. */
  readonly reviewsResults: boolean;
  readonly reviewsDefinitions: boolean;

  constructor(private readonly parts: EngineParts) {
    const isOn = ({ mode = parts.mode }: PureGuard): boolean => mode !== 'off';
    this.reviewsResults = parts.pure.some((guard) => guard.checkResult !== undefined && isOn(guard));
    this.reviewsDefinitions = parts.pure.some((guard) => guard.checkDefinition !== undefined && isOn(guard));
  }

  /** Names of the guards that are configured, in order. */
  get guards(): readonly GuardName[] {
    const { pure, stateful } = this.parts;
    return [...new Set([...pure, ...stateful].map(({ name }) => name))];
  }

  decide(input: GuardInput): Ruling {
    const deciding = new Deciding(this.parts, 'request');
    const stripped = deciding.strip(input.call);
    const seen = stripped === undefined ? input : strippedInput(input, stripped);
    deciding.runPure(seen);
    deciding.runStateful(seen);
    return deciding.ruling(seen, stripped);
  }

  /** Fields that go out in place of the call's own; for further requests of a call that was decided about. */
  strip(call: McpCall): Fields | undefined {
    return new Deciding(this.parts, 'request').strip(call);
  }

  review(input: GuardInput, value: unknown): ResultRuling {
    return new Deciding(this.parts, 'result').reviewResult(input, value);
  }

  reviewDefinitions(input: GuardInput, tools: readonly ToolDefinition[]): ListRuling {
    return new Deciding(this.parts, 'definition').reviewList(input, tools);
  }

  /** The server guard alone, before there is a connection. */
  decideConnection(input: GuardInput): Ruling {
    const deciding = new Deciding(
      {
        ...this.parts,
        pure: this.parts.pure.filter(({ name }) => name === 'server_allowlist'),
        stateful: [],
      },
      'request',
    );
    deciding.runPure(input);
    return deciding.ruling(input, undefined);
  }
}

class Deciding {
  private readonly decisions: Decision[] = [];
  private readonly reserved: { readonly mode: DecisionMode; readonly reservation: Reservation }[] = [];
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
      stripped = this.ask(name, 'enforce', () => strip(call)) ?? stripped;
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
      this.ask(guard.name, mode, () => guard.listed?.());
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
    for (const found of all(this.ask(guard, mode, question))) {
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
      for (const found of all(this.ask(guard.name, mode, () => guard.check(input)))) {
        const isDenied = this.record(guard.name, found, this.effective(found.mode ?? guard.mode));
        if (isDenied && guard.name === 'input_size') isTooLarge = true;
      }
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

  ruling(input: GuardInput, stripped: Fields | undefined): Ruling {
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
    const { verdict, reason, rule, limit, remaining, retryAfterMs } = found;
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
    });
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
      this.failed(guard, mode, 'guard_failed');
      return undefined;
    }
  }

  private failed(guard: GuardName, mode: DecisionMode, reason: string): void {
    const isClosed = this.parts.onError(guard) === 'closed';
    const action = isClosed ? DONE.deny[mode] : 'failed_open';
    this.decide(guard, { verdict: 'error', reason }, mode, action);
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

function* all(found: Finding | undefined): Generator<Finding> {
  for (let one = found; one !== undefined; one = one.also) yield one;
}

function strippedInput(input: GuardInput, fields: Fields): GuardInput {
  const { call } = input;
  const { target } = call;
  const uri = fields['uri'];
  const isResource = target?.type === 'resource' && typeof uri === 'string';
  return {
    ...input,
    isStripped: true,
    call: {
      ...call,
      params: { ...call.params, ...fields },
      target: isResource ? { type: 'resource', name: uri } : target,
    },
  };
}
