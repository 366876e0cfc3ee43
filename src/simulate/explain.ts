/** Decides about calls that are written down, one after the other, as one process of an agent would. */
import type { McpCall } from '../core/call';
import type { LoadedPolicy } from '../policy/load';
import type { CallInput } from './call-input';
import { callInput, CallInputError, SimulatedCalls } from './call-input';
import type { Decided } from './decided';
import { decided } from './decided';
import { SimulatedPolicy, type SimulatedProcess } from './simulated-policy';

export interface ExplainOptions {
  /** Every call is decided as if it were the first: limits and connections keep nothing. Default: `false`. */
  readonly independent?: boolean | undefined;
  /** Milliseconds since 1970 of calls before the first that has a time of its own. Default: now. */
  readonly now?: number | undefined;
}

export interface Explained extends Decided {
  readonly call: McpCall;
  /** The policy’s entry of the server; absent where none matches. */
  readonly server: string | undefined;
  /** Whether guards decide about such a call at all. */
  readonly isGuarded: boolean;
  /** Milliseconds that the call may take. */
  readonly timeoutMs: number | undefined;
}

export class Explainer {
  readonly simulated: SimulatedPolicy;
  private readonly process: SimulatedProcess;
  private readonly calls: SimulatedCalls;
  private now: number | undefined;

  constructor(
    readonly loaded: LoadedPolicy,
    private readonly options: ExplainOptions = {},
  ) {
    this.simulated = new SimulatedPolicy(loaded);
    this.now = options.now;
    this.process = this.simulated.process();
    this.calls = new SimulatedCalls(this.simulated.policy.servers, this.process.servers);
  }

  /** Guards that are configured, in order. */
  get guards(): readonly string[] {
    return this.process.names;
  }

  explain(input: CallInput): Explained {
    // Time does not run backwards for who counts.
    const before = this.options.independent === true ? undefined : this.now;
    this.now = Math.max(input.at ?? this.now ?? Date.now(), before ?? 0);
    const call = this.calls.callOf(input);
    const admission = this.process.decide(call, this.now);
    if (this.options.independent === true) {
      admission.refund?.();
      this.calls.forgetConnections();
    } else admission.settled?.(undefined);
    const { decisions, timeoutMs } = admission;
    return {
      ...decided(decisions, this.simulated.policy.mode),
      call,
      server: this.process.servers.of(call.session),
      isGuarded: decisions.length > 0,
      timeoutMs,
    };
  }
}

/** One line of the answer to one line of input. */
export interface AnswerLine {
  readonly text: string;
  readonly isBad: boolean;
}

/** Answers lines of JSON, each with one: a decision, or what is wrong with the line. */
export class LineExplainer {
  private line = 0;

  constructor(
    private readonly explainer: Explainer,
    private readonly textOf: (explained: Explained, id: CallInput['id']) => string = jsonAnswer,
  ) {}

  /** @returns `undefined` for an empty line */
  answer(line: string): AnswerLine | undefined {
    this.line += 1;
    if (line.trim() === '') return undefined;
    try {
      const input = callInput(parsed(line));
      return { text: this.textOf(this.explainer.explain(input), input.id), isBad: false };
    } catch (error) {
      if (!(error instanceof CallInputError)) throw error;
      return { text: JSON.stringify({ error: error.message, line: this.line }), isBad: true };
    }
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new CallInputError('no JSON');
  }
}

export function jsonAnswer(explained: Explained, id: CallInput['id']): string {
  const { verdict, action, mode, guard, rule, reason, server, decisions } = explained;
  return JSON.stringify({ id, verdict, action, mode, guard, rule, reason, server, decisions });
}
