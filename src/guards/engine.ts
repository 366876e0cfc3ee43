/**
 * Runs the guards of a policy on one call, in their order.
 *
 * Guards without state all run and all are recorded; the first denial decides. Limits only set aside, and only for a call
 * that nothing denies: what was set aside is given back when the call is not sent. A limit that observes counts the calls
 * that `enforce` would have let through, so that it predicts what enforcing would do; one that enforces counts the calls
 * that are really sent.
 */
import type { McpCall } from '../core/call';
import type { GuardName } from '../policy/schema';
import { Deciding } from './deciding';
import type { GuardInput, PureGuard, ToolDefinition } from './guard';
import { decideShared } from './shared-decision';
import type { EngineParts, Fields, ListRuling, ResultRuling, Ruling } from './ruling';

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

  /** Decides at once; limits that are counted outside of this process are counted in it for this call. */
  decide(input: GuardInput): Ruling {
    const { deciding, seen, stripped } = this.begin(input);
    deciding.runStateful(seen);
    return deciding.ruling(seen, stripped);
  }

  /** Whether limits are counted outside of this process. */
  get isShared(): boolean {
    return this.parts.shared !== undefined;
  }

  /** As `decide`, but asks where limits are counted outside of this process: a promise when one of them enforces. */
  decideShared(input: GuardInput): Ruling | Promise<Ruling> {
    const { parts } = this;
    const { shared } = parts;
    if (shared === undefined) return this.decide(input);
    const { deciding, seen, stripped } = this.begin(input);
    const following = () => new Deciding(parts, 'request');
    return decideShared({ ...parts, shared }, { deciding, input: seen, stripped, following });
  }

  /** What all guards without state say, of the call as it goes out. */
  private begin(input: GuardInput): { deciding: Deciding; seen: GuardInput; stripped: Fields | undefined } {
    const deciding = new Deciding(this.parts, 'request');
    const stripped = deciding.strip(input.call);
    const seen = stripped === undefined ? input : strippedInput(input, stripped);
    deciding.runPure(seen);
    return { deciding, seen, stripped };
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
    this.parts.shared?.store.prepare();
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
