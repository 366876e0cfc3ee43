/** What the demo claims, checked on what it received. A claim that does not hold fails the demo. */
import { GUIDE_METRICS, samplesOf } from './metrics-page.mjs';
import { green, print, red } from './terminal.mjs';
import { programOf } from './trace-trees.mjs';

const USERS = ['alice', 'bob', 'carol', 'dave'];

const sentBy = (spans, agent) => spans.filter((span) => span.kind === 'CLIENT' && programOf(span) === agent);

/** Calls of `agent` whose SERVER span, recorded by `server` in another process, is the child of the CLIENT span. */
function seenFromBothSides(spans, agent, server) {
  const isOtherSide = (client, span) =>
    span.kind === 'SERVER' &&
    span.traceId === client.traceId &&
    span.parentId === client.spanId &&
    programOf(span) === server &&
    span.process['process.pid'] !== client.process['process.pid'];
  return sentBy(spans, agent).filter((client) => spans.some((span) => isOtherSide(client, span)));
}

/** Whether no span waits for its parent, and every message of the agents has its other side. */
export function isComplete(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const received = new Set(spans.filter(({ kind }) => kind === 'SERVER').map(({ parentId }) => parentId));
  const agents = ['single-user-agent', 'multi-user-agent'].flatMap((agent) => sentBy(spans, agent));
  return (
    spans.every(({ parentId }) => parentId === undefined || ids.has(parentId)) &&
    agents.every(({ spanId }) => received.has(spanId))
  );
}

function bothSides(spans, agent, server, transport) {
  const calls = seenFromBothSides(spans, agent, server);
  const seen = calls.filter(({ name }) => name.startsWith('tools/call'));
  return [
    seen.length > 0,
    `${transport}: ${seen.length} tool calls of ${agent} and what ${server} did for them are one trace each`,
  ];
}

function outcomes(spans, agent, types) {
  const seen = new Set(sentBy(spans, agent).map(({ attributes }) => attributes['error.type']));
  return [types.every((type) => seen.has(type)), `${agent}: ${types.join(', ')} are told apart`];
}

/** Pairs of [holds, claim]. */
export function claims(spans, page) {
  const samples = samplesOf(page);
  const usersOnSpans = new Set(spans.map(({ attributes }) => attributes['user.id']));
  const usersOnPage = new Set(samples.map(({ labels }) => labels['user_id']));
  const metrics = new Set(samples.map(({ name }) => name));
  return [
    bothSides(spans, 'single-user-agent', 'server-filesystem', 'stdio'),
    bothSides(spans, 'single-user-agent', 'server-everything', 'stdio'),
    bothSides(spans, 'multi-user-agent', 'server-everything', 'HTTP'),
    outcomes(spans, 'single-user-agent', ['tool_error', 'timeout', 'cancelled']),
    outcomes(spans, 'multi-user-agent', ['tool_error', '-32602', 'timeout', 'cancelled']),
    [
      ['maria', ...USERS].every((user) => usersOnSpans.has(user)),
      'spans name their user: maria from MCP_USER_ID, the others from withMcpContext',
    ],
    [USERS.every((user) => usersOnPage.has(user)), 'the metrics page counts the calls of each user'],
    [GUIDE_METRICS.every((name) => metrics.has(name)), `the metrics page has ${GUIDE_METRICS.join(', ')}`],
  ];
}

/** @returns whether all of them hold */
export function printClaims(list) {
  for (const [holds, claim] of list) print(`  ${holds ? green('✓') : red('✗ NOT SEEN:')} ${claim}`);
  return list.every(([holds]) => holds);
}
