import type * as Starting from '../../simulate/starting-policy';
import type { Command } from '../command';
import { flag, optional } from '../values';
import { NAME_FORM, nameOf, writeNew } from './policy-options';

export const policyInit: Command = {
  summary: 'write a commented policy to begin with, which denies nothing',
  description:
    'Writes a policy that observes: every call is decided about and recorded, and none is changed. Comments say what else can\n' +
    'be written.',
  options: {
    id: { type: 'string', value: 'NAME', description: `name of the policy, ${NAME_FORM}; default: my-agent` },
    out: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      description: 'file to write; default: standard output',
    },
    force: { type: 'boolean', description: 'overwrite the file' },
  },
  examples: [{ line: 'otel-mcp policy init -o policy.yaml', what: 'a new file' }],
  exitCodes: { 1: 'the file is there, or cannot be written' },
  run({ values }) {
    const { startingPolicy } = require('../../simulate/starting-policy') as typeof Starting;
    const text = startingPolicy(nameOf(values, 'id') ?? 'my-agent');
    const out = optional(values, 'out');
    if (out === undefined) return text.trimEnd();
    writeNew(out, text, flag(values, 'force'));
    return `written to ${out}; start the agent with MCP_GUARD_POLICY=${out}`;
  },
};
