/** `otel-mcp policy diff` for a person. */
import type { Difference } from '../../simulate/differences';
import { reasonText } from '../../simulate/reasons';
import type { Undecided } from '../../simulate/replay';
import type { ChangedCall, ChangedCalls, ReplayDiff } from '../../simulate/replay-diff';
import type { Style } from '../style';
import { table } from '../table';
import { shownName } from '../terminal-text';

interface PolicyHead {
  readonly file: string;
  readonly id: string;
  readonly mode: string;
  readonly digest: string;
}

export interface DiffReport {
  readonly old: PolicyHead;
  readonly new: PolicyHead;
  readonly differences: readonly Difference[];
  readonly replay:
    | (ReplayDiff & {
        readonly log: { readonly records: number; readonly bad_lines: number; readonly unusable: number };
      })
    | undefined;
}

const SIGNS: Readonly<Record<Difference['kind'], string>> = { added: '+', removed: '-', changed: '~' };

export function diffText({ old, new: now, differences, replay }: DiffReport, style: Style): string {
  return [
    `old  ${headText(old)}`,
    `new  ${headText(now)}`,
    '',
    ...(differences.length === 0
      ? ['no difference']
      : [style.bold('Differences'), ...differences.map(({ kind, text }) => `  ${SIGNS[kind]} ${text}`)]),
    ...(replay === undefined ? [] : ['', ...replayText(replay, style)]),
  ].join('\n');
}

const headText = ({ file, id, mode, digest }: PolicyHead): string =>
  `${file}: ${id}, mode ${mode}, digest ${digest.slice(0, 12)}`;

function replayText(replay: NonNullable<DiffReport['replay']>, style: Style): string[] {
  const {
    agreement,
    calls,
    first,
    last,
    log,
    newly_denied,
    newly_allowed,
    of_other_policies,
    outcomes,
    processes,
  } = replay;
  if (calls === 0) return [style.bold('Replay'), '  no call in the log that guards decide about'];
  const bad = log.bad_lines + log.unusable;
  return [
    style.bold('Replay'),
    `  ${calls} calls of ${processes} ${processes === 1 ? 'process' : 'processes'}, ${first} to ${last}${bad === 0 ? '' : `; ${bad} lines could not be used`}`,
    ...table(
      ['policy', 'allowed', 'observed', 'denied'],
      [['old', outcomes.old] as const, ['new', outcomes.new] as const].map(
        ([name, { allowed, modified, failed_open, observed, blocked }]) => [
          name,
          `${allowed + modified + failed_open}`,
          `${observed}`,
          `${blocked}`,
        ],
      ),
      style,
      [1, 2, 3],
    ),
    '',
    ...changesText('Newly denied', newly_denied, style),
    '',
    ...changesText('Newly allowed', newly_allowed, style),
    ...undecidedText(replay, style),
    '',
    style.dim(
      agreement.compared === 0
        ? 'The log was not written under the old policy: what it would have decided is worked out too.'
        : `Check: run over the log, the old policy decides as the log says in ${agreement.agreeing} of ${agreement.compared} calls.`,
    ),
    ...(of_other_policies === 0 || agreement.compared === 0
      ? []
      : [
          style.dim(
            `${of_other_policies} calls were made under other policies: what the old one would have decided is worked out.`,
          ),
        ]),
  ];
}

function changesText(title: string, changes: ChangedCalls, style: Style): string[] {
  const { blocked, by_rule, by_user, calls, examples, users } = changes;
  if (calls === 0) return [`${style.bold(title)}: none`];
  const rules = by_rule.map(({ guard, rule, reason = '', calls: count, users: of }) => [
    `${count}`,
    `${of}`,
    named(guard, rule),
    reasonText(reason) ?? reason,
  ]);
  const people = by_user.map(({ user_id, tenant_id, guard, rule, calls: count }) => [
    `${count}`,
    `${user_id === undefined ? '(nobody)' : shownName(user_id)}${tenant_id === undefined ? '' : ` of ${shownName(tenant_id)}`}`,
    named(guard, rule),
  ]);
  return [
    `${style.bold(title)}: ${calls} calls of ${users} ${users === 1 ? 'user' : 'users'}, ${blocked} of them blocked and ${calls - blocked} only observed`,
    ...table(['calls', 'users', 'by', 'why'], rules, style, [0, 1]),
    ...table(['calls', 'user', 'by'], people, style, [0]),
    ...(examples.length === 0 ? [] : [style.dim('  such as')]),
    ...examples.map((call) => `  ${exampleText(call)}`),
  ];
}

const named = (guard = '', rule?: string): string => (rule === undefined ? guard : `${guard} (${rule})`);

function exampleText({
  timestamp,
  method,
  target = '',
  server_id,
  user_id,
  guard,
  rule,
  call_id,
}: ChangedCall): string {
  const who = user_id === undefined ? '' : ` for ${shownName(user_id)}`;
  return `${timestamp}  ${method} ${shownName(target)} on ${shownName(server_id)}${who}: ${named(guard, rule)}  ${call_id ?? ''}`.trimEnd();
}

const UNDECIDED: Readonly<Record<Undecided, string>> = {
  path_traversal:
    'the path guard looks into arguments, which are not in these lines: log with level `request` and enough `max_bytes`',
  url: 'the URL guard looks into arguments, which are not in these lines: log with level `request` and enough `max_bytes`',
  content:
    'the content guard looks into arguments, which are not in these lines: log with level `request` and enough `max_bytes`',
  content_results:
    'the content guard looks into results, which are not in these lines: log with level `full` and enough `max_bytes`',
  input_size: 'the size of their arguments is not in these lines, or only how large they are at least',
  size_details:
    'how deep their arguments are nested, and how many keys they have, is not in these lines: taken to be within the limits',
  tool_pin: 'the lock file knows servers by their transport: say it by --server ID=TRANSPORT',
  tenant:
    'connections are not told apart in the log: calls of one process to one server are taken for those of one',
  server: 'their server may be that of another entry: say its transport by --server ID=TRANSPORT',
};

function undecidedText({ calls, servers, undecided }: ReplayDiff, style: Style): string[] {
  const open = Object.entries(undecided) as [Undecided, number][];
  if (open.length === 0) return [];
  return [
    '',
    style.bold('Not decided by this log'),
    ...open.map(([what, count]) => `  ${count} of ${calls} calls: ${UNDECIDED[what]}`),
    ...Object.entries(servers).map(([id, doubt]) => `    ${shownName(id)}: ${doubt}`),
  ];
}
