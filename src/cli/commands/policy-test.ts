import type * as Cases from '../../simulate/cases';
import type { CaseResult } from '../../simulate/cases';
import type { Command } from '../command';
import { UsageError } from '../command';
import type { Style } from '../style';
import { flag, optional } from '../values';
import { caseFileIn, operandsOf, policyIn } from './policy-options';

const FAILED = 1;

export const policyTest: Command = {
  summary: 'run cases: calls with what a policy has to say of them',
  description:
    'Runs the policy’s own guards over the calls of a YAML file, each case on a clock and counters of its own:\n' +
    '  policy: policy.yaml\n' +
    '  cases:\n' +
    '    - name: nobody reads outside of the folder\n' +
    '      call: { server: files, tool: read_file, arguments: { path: ../x }, identity: { userId: ann } }\n' +
    '      expect: { verdict: deny, guard: path_traversal }\n' +
    '    - name: three searches a minute\n' +
    '      call: { server: crm, tool: search, identity: { userId: ann } }\n' +
    '      sequence:\n' +
    '        - { times: 3, expect: allow }\n' +
    '        - { at: 59s, expect: { verdict: deny, guard: rate_limit, rule: searches } }\n' +
    '        - { at: 60s, expect: allow }\n' +
    'A call is written as for `policy explain`. `expect` names the verdict, which is the same under observe and enforce, or\n' +
    'some of verdict, action, guard, rule and reason. `at` counts from the beginning of the case, or is a time; `now` is when\n' +
    'the case begins, for limits of a day or month.',
  operands: '<FILE>',
  options: {
    policy: {
      type: 'string',
      value: 'FILE',
      description: 'the policy; default: the one that the cases name',
    },
    json: { type: 'boolean', description: 'print JSON' },
  },
  examples: [{ line: 'otel-mcp policy test cases.yaml', what: 'before a policy goes out' }],
  exitCodes: { [FAILED]: 'a case fails, or the policy or the cases are not valid' },
  run({ values, positionals, style }) {
    const [file] = operandsOf(positionals, ['FILE'], 'policy test') as [string];
    const given = caseFileIn(file);
    const policy = optional(values, 'policy') ?? given.policy;
    if (policy === undefined)
      throw new UsageError(`${file} names no policy: add \`policy: FILE\` to it, or --policy FILE`);
    const { runCases } = require('../../simulate/cases') as typeof Cases;
    const results = runCases(policyIn(policy), given.cases);
    const failed = results.filter(({ passed }) => !passed).length;
    const report = { file, policy, passed: results.length - failed, failed, cases: results };
    const text = flag(values, 'json')
      ? JSON.stringify(report, null, 2)
      : resultText(file, results, failed, style);
    return { text, exitCode: failed === 0 ? 0 : FAILED };
  },
};

function resultText(file: string, results: readonly CaseResult[], failed: number, style: Style): string {
  return [
    ...results.flatMap(({ name, line, passed, problem }) => [
      `${passed ? 'ok  ' : style.bold('FAIL')}  ${name}`,
      ...(problem === undefined ? [] : [`      ${file}:${line}: ${problem}`]),
    ]),
    '',
    failed === 0 ? `all ${results.length} cases pass` : `${failed} of ${results.length} cases fail`,
  ].join('\n');
}
