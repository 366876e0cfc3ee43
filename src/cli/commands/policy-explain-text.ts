/** `otel-mcp policy explain` for a person. */
import { GUARD_NAMES } from '../../policy/schema';
import type { CallInput } from '../../simulate/call-input';
import type { DecidedBy } from '../../simulate/decided';
import type { Explained, Explainer } from '../../simulate/explain';
import { placesIn } from '../../simulate/places';
import { reasonText } from '../../simulate/reasons';
import { table } from '../table';
import { shownName } from '../terminal-text';
import type { Style } from '../style';

const OUTCOMES: Readonly<Record<Explained['action'], string>> = {
  allowed: 'allowed',
  blocked: 'denied',
  observed: 'goes on; under enforce it would be denied',
  modified: 'goes on, changed',
  failed_open: 'goes on, although a guard failed',
};

export function explainText(explained: Explained, explainer: Explainer, style: Style): string {
  const { guards, loaded, simulated } = explainer;
  const lineOf = placesIn(loaded);
  const { decisions, timeoutMs, isGuarded } = explained;
  const head = `${callText(explained)}\n${style.bold(outcomeText(explained))}`;
  if (!isGuarded) return `${head}\n${unguarded(explained, simulated.policy.mode)}`;
  const rows = decisions.map(
    (decision) => [decision.guard, decision.verdict, whyText(decision, lineOf)] as const,
  );
  const asked = new Set(decisions.map(({ guard }) => guard));
  const silent = guards.filter((name) => !asked.has(name));
  const absent = GUARD_NAMES.filter((name) => !guards.includes(name));
  return [
    head,
    '',
    ...table(['guard', 'verdict', 'why'], rows, style),
    '',
    ...(silent.length === 0
      ? []
      : [style.dim(`${isDenied(explained) ? 'not asked any more' : 'not concerned'}: ${silent.join(', ')}`)]),
    ...(absent.length === 0 ? [] : [style.dim(`not in this policy: ${absent.join(', ')}`)]),
    ...(timeoutMs === undefined ? [] : [`it may take ${timeoutMs} ms`]),
    style.dim(
      `policy ${simulated.policy.id}, mode ${simulated.policy.mode}, digest ${loaded.digest.slice(0, 12)}`,
    ),
  ].join('\n');
}

const isDenied = ({ verdict }: Explained): boolean => verdict === 'deny' || verdict === 'error';

/** One line for one call of many. */
export function lineText(explained: Explained, id: CallInput['id']): string {
  return [...(id === undefined ? [] : [`${id}`]), `${callText(explained)}: ${outcomeText(explained)}`].join(
    '  ',
  );
}

function callText({ call, server }: Explained): string {
  const { identity, method, session, target } = call;
  const { userId, tenantId, agentName, roles = [] } = identity;
  const who = [
    userId === undefined ? 'for nobody' : `for ${shownName(userId)}`,
    tenantId && `of ${shownName(tenantId)}`,
    agentName && `by ${shownName(agentName)}`,
    roles.length > 0 && `as ${roles.map(shownName).join(', ')}`,
  ];
  const name = server === undefined || server === '*' ? session.serverId : server;
  const entry =
    server === undefined ? ', which no entry of `servers` matches' : server === '*' ? ' (entry `*`)' : '';
  const what = target === undefined ? method : `${method} ${shownName(target.name)}`;
  return `${what} on ${shownName(name)}${entry} ${who.filter(Boolean).join(' ')}`;
}

function outcomeText({ action, guard, rule, reason = '' }: Explained): string {
  if (guard === undefined) return OUTCOMES[action];
  return `${OUTCOMES[action]}: ${guard}${rule === undefined ? '' : ` (${rule})`}, ${reasonText(reason) ?? reason}`;
}

function unguarded({ call }: Explained, mode: string): string {
  return mode === 'off'
    ? 'the policy’s mode is off'
    : `guards decide about no ${call.method}: it is traced only`;
}

function whyText(decision: DecidedBy, lineOf: ReturnType<typeof placesIn>): string {
  const { action, guard, limit, mode, reason, remaining, retry_after_ms: after, rule, verdict } = decision;
  const line = rule === undefined ? undefined : lineOf(guard, rule);
  return [
    rule === undefined ? '' : `${rule}${line === undefined ? '' : ` (line ${line})`}`,
    verdict === 'allow' ? '' : `${reasonText(reason) ?? reason} [${reason}]`,
    limit === undefined ? '' : remaining === undefined ? `at most ${limit}` : `${remaining} of ${limit} left`,
    verdict === 'allow' || after === undefined ? '' : `again in ${Math.ceil(after / 1_000)} s`,
    verdict === 'allow' ? '' : `${action}, mode ${mode}`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}
