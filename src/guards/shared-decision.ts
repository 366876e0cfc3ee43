/** Decides about a call whose limits are counted outside of this process. */
import type { Decision } from '../core/call';
import { safely } from '../core/safe';
import type { Deciding } from './deciding';
import type { GuardInput, StatefulGuard } from './guard';
import type { EngineParts, Fields, Ruling, SharedLimits } from './ruling';
import type { Answer, Asked, Taking } from './shared-limits';

/** A run of the guards, of which those without state are done. */
interface Run {
  readonly deciding: Deciding;
  readonly input: GuardInput;
  readonly stripped: Fields | undefined;
  /** Another run, for what is decided once the call is on its way. */
  readonly following: () => Deciding;
}

/** @returns a promise when a limit that enforces has to be asked; else what limits say that observe follows the ruling */
export function decideShared(
  { stateful, shared }: EngineParts & { readonly shared: SharedLimits },
  run: Run,
): Ruling | Promise<Ruling> {
  const { deciding, input, stripped } = run;
  const local = stateful.filter(isLimit);
  const [before, after] = around(stateful);
  deciding.runStateful(input, before);
  const asked = deciding.ask(shared.limits, input);
  if (!asked.some(({ mode }) => mode === 'enforce')) {
    deciding.runStateful(input, after);
    const ruling = deciding.ruling(input, stripped);
    return asked.length === 0 || deciding.isDenied ? ruling : followed(ruling, shared, local, asked, run);
  }
  const taking = shared.store.take(asked, input.now, true);
  return taking.answers.then((answers) => {
    apply(deciding, shared, local, asked, taking, answers, input);
    deciding.runStateful(input, after);
    return deciding.ruling(input, stripped);
  });
}

/** Asks after the call was sent. */
function followed(
  ruling: Ruling,
  shared: SharedLimits,
  local: readonly StatefulGuard[],
  asked: readonly Asked[],
  { following, input }: Run,
): Ruling {
  let isCalledOff = false;
  let refund: (() => void) | undefined;
  const later = async (): Promise<readonly Decision[]> => {
    if (isCalledOff) return [];
    const taking = shared.store.take(asked, input.now, false);
    refund = () => asked.forEach((one) => taking.refund(one));
    const answers = await taking.answers;
    const deciding = following();
    apply(deciding, shared, local, asked, taking, answers, input);
    const kept = deciding.keep();
    refund = () => kept.forEach(({ reservation }) => reservation.refund());
    if (isCalledOff) refund();
    return isCalledOff ? [] : deciding.decisions;
  };
  return {
    ...ruling,
    later,
    refund() {
      isCalledOff = true;
      ruling.refund();
      safely('guards', () => refund?.());
    },
  };
}

function apply(
  deciding: Deciding,
  { store: { onError } }: SharedLimits,
  local: readonly StatefulGuard[],
  asked: readonly Asked[],
  taking: Taking,
  answers: readonly (Answer | undefined)[] | undefined,
  input: GuardInput,
): void {
  if (answers !== undefined) return deciding.answered(asked, taking, answers);
  // What the store may yet take for a call that goes on is right; for one that is denied it is given back.
  deciding.holds(asked, taking);
  if (onError === 'local') return deciding.runStateful(input, local);
  for (const { limit, mode } of asked) {
    deciding.failed(limit.name, mode, 'store_unavailable', onError, limit.id);
  }
}

const isAfter = ({ name }: StatefulGuard): boolean => name === 'audit';
const isLimit = ({ name }: StatefulGuard): boolean => name === 'rate_limit' || name === 'budget';

/** What comes before limits in the order of guards, and what comes after them. */
function around(stateful: readonly StatefulGuard[]): [StatefulGuard[], StatefulGuard[]] {
  const others = stateful.filter((guard) => !isLimit(guard));
  return [others.filter((guard) => !isAfter(guard)), others.filter(isAfter)];
}
