/** `otel-mcp policy check` for a person. */
import { problemText } from '../../policy/problem';
import type { CheckReport } from '../../simulate/check';
import type { Style } from '../style';
import { table } from '../table';

export function checkText(report: CheckReport, style: Style): string {
  const { checklist, environment, file, guards, monitor, policy, problems, valid, warnings } = report;
  if (!valid || policy === undefined) {
    return [
      `${style.bold('not valid')}: ${file}`,
      ...problems.map((problem) => `  ${problemText(problem)}`),
    ].join('\n');
  }
  const { variables, changes } = environment;
  return [
    `${style.bold('valid')}: ${file}`,
    `policy ${policy.id}, mode ${policy.mode}, digest ${policy.digest}`,
    ...section(
      'Warnings',
      warnings.map((warning) => `  ${problemText(warning)}`),
      style,
    ),
    ...section(
      'Guards',
      table(
        ['guard', 'enforces', 'observes', 'off'],
        guards.map(({ guard, enforce, observe, off }) => [guard, words(enforce), words(observe), words(off)]),
        style,
      ),
      style,
    ),
    ...section('Monitor', monitor === undefined ? [] : [`  ${monitor.text}`], style),
    ...section(
      'Environment',
      variables.length === 0
        ? ['  no variable that refines policies is set']
        : [
            `  set: ${variables.join(', ')}`,
            ...(changes.length === 0 ? ['  they change nothing here'] : changes.map((text) => `  ${text}`)),
          ],
      style,
    ),
    ...section(
      'Verification checklist',
      checklist.map(({ item, done, why }) => `- [${done ? 'x' : ' '}] ${item}: ${style.dim(why)}`),
      style,
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

const MOST = 5;

function words(names: readonly string[]): string {
  if (names.length === 0) return '-';
  const shown = names.slice(0, MOST).join(', ');
  const text = shown === '' ? 'yes' : shown;
  return names.length > MOST ? `${text} and ${names.length - MOST} more` : text;
}
