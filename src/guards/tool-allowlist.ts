/** Which tools, resources and prompts may be used by whom: deny over require over allow, in any order. */
import type { McpCall } from '../core/call';
import type { Globs } from '../core/glob';
import { anyGlobMatches } from '../core/glob';
import type { Mode, Policy } from '../policy/schema';
import type { Finding, GuardInput, PureGuard } from './guard';
import { ALLOWED } from './guard';

type Rule = Policy['rules'][number];
type Selector = NonNullable<Rule['allow']>;

const STRICTNESS: Readonly<Record<Mode, number>> = { off: 0, observe: 1, enforce: 2 };

/** @param policyMode - the mode of rules that have none of their own */
export function createToolAllowlist({ rules, default: fallback }: Policy, policyMode: Mode): PureGuard {
  const modeOf = (rule: Rule): Mode => rule.mode ?? policyMode;
  const denials = (input: GuardInput): Finding[] => {
    const found: Finding[] = [];
    for (const rule of rules) {
      const { id, deny, require } = rule;
      if (deny !== undefined && concerns(deny, input) && isBy(deny, input.call)) {
        found.push(denial(rule.reason ?? 'denied_by_rule', id, modeOf(rule)));
      } else if (require !== undefined && concerns(require, input) && !isBy(require, input.call)) {
        found.push(denial(rule.reason ?? 'required_by_rule', id, modeOf(rule)));
      }
    }
    const missing = fallback === 'deny' ? notAllowed(rules, modeOf, input) : undefined;
    if (missing !== undefined) found.push(missing);
    const { allowTools } = input.call.identity;
    const { target } = input.call;
    if (allowTools !== undefined && target?.type === 'tool' && !allowTools.includes(target.name)) {
      found.push(denial('not_in_context', undefined, policyMode));
    }
    return found;
  };
  return {
    name: 'tool_allowlist',
    check(input) {
      const found = denials(input).filter(({ mode }) => mode !== 'off');
      // A rule that enforces decides over one that observes; else the first.
      return found.find(({ mode }) => mode === 'enforce') ?? found[0] ?? ALLOWED;
    },
  };
}

/** No allow rule fits, although there is one for this server. Its mode is that of the strictest of them. */
function notAllowed(
  rules: readonly Rule[],
  modeOf: (rule: Rule) => Mode,
  input: GuardInput,
): Finding | undefined {
  let strictest: Rule | undefined;
  for (const rule of rules) {
    const { allow } = rule;
    if (allow === undefined || !matches(allow.server, input.server)) continue;
    if (concerns(allow, input) && isBy(allow, input.call)) return undefined;
    if (strictest === undefined || STRICTNESS[modeOf(rule)] > STRICTNESS[modeOf(strictest)]) strictest = rule;
  }
  return strictest && denial('not_in_allowlist', undefined, modeOf(strictest));
}

function denial(reason: string, rule: string | undefined, mode: Mode): Finding {
  return { verdict: 'deny', reason, rule, mode };
}

/** Whether the selector's server and target are those of the call. */
function concerns(
  { server, method, tool, resource, prompt }: Selector,
  { call, server: alias }: GuardInput,
): boolean {
  if (!matches(server, alias) || !matches(method, call.method)) return false;
  const wanted = { tool, resource, prompt };
  if (tool === undefined && resource === undefined && prompt === undefined) return true;
  const { target } = call;
  const globs = target && wanted[target.type];
  return globs !== undefined && matches(globs, target?.name);
}

/** Whether the call is made by those whom the selector names. */
function isBy({ agent, user, tenant, role }: Selector, { identity }: McpCall): boolean {
  return (
    matches(agent, identity.agentName) &&
    matches(user, identity.userId) &&
    matches(tenant, identity.tenantId) &&
    (role === undefined || (identity.roles ?? []).some((one) => matches(role, one)))
  );
}

/** What a selector does not name may be anything; what it names has to be there. */
function matches(globs: Globs | undefined, value: string | undefined): boolean {
  return globs === undefined || (value !== undefined && anyGlobMatches(globs, value));
}
