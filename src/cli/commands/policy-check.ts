import type * as Cases from '../../simulate/cases';
import type * as Check from '../../simulate/check';
import type { Command } from '../command';
import { flag, optional } from '../values';
import type * as Env from './env-report';
import type * as Text from './policy-check-text';
import { casesIn, operandsOf } from './policy-options';

const INVALID = 1;

export const policyCheck: Command = {
  summary: 'tell what is wrong with a policy, and what it enforces and observes',
  description:
    'Reads a policy as an agent does and says what is wrong with it, by line and with the remedy; what somebody may not have\n' +
    'meant; what every guard enforces and what it only observes; what variables of the environment change; and how far the\n' +
    'nine points of the verification checklist are met. Run it with the agent’s environment.',
  operands: '<FILE>',
  options: {
    cases: {
      type: 'string',
      value: 'FILE',
      description: 'cases of `policy test`, for the first point of the checklist',
    },
    json: { type: 'boolean', description: 'print JSON' },
  },
  examples: [
    { line: 'otel-mcp policy check policy.yaml', what: 'as this shell is' },
    { line: 'otel-mcp policy check policy.yaml --cases cases.yaml --json', what: 'for a program to read' },
  ],
  exitCodes: { [INVALID]: 'the policy cannot be used, or a case fails' },
  run({ values, positionals, style }) {
    const [file] = operandsOf(positionals, ['FILE'], 'policy check') as [string];
    const { checkPolicyFile } = require('../../simulate/check') as typeof Check;
    const casesFile = optional(values, 'cases');
    const report = checkPolicyFile(file, (loaded) => {
      const cases = casesFile === undefined ? undefined : casesIn(casesFile);
      const { runCases } = require('../../simulate/cases') as typeof Cases;
      const results = cases && runCases(loaded, cases);
      return {
        metrics: metricsOf(),
        cases: results && { passed: results.filter(({ passed }) => passed).length, total: results.length },
      };
    });
    const text = flag(values, 'json')
      ? JSON.stringify(report, null, 2)
      : (require('./policy-check-text') as typeof Text).checkText(report, style);
    const isGood = report.valid && (casesFile === undefined || report.checklist[0]?.done === true);
    return { text, exitCode: isGood ? 0 : INVALID };
  },
};

/** Where metrics go, in the environment as it is. */
function metricsOf(): string | undefined {
  const { describeEnvironment } = require('./env-report') as typeof Env;
  const { configFile, metrics } = describeEnvironment();
  if (configFile !== undefined) return `where ${configFile} says`;
  return metrics.length === 0 ? undefined : metrics.map(({ exporter, to }) => `${exporter} ${to}`).join(', ');
}
