import type { CallInput } from '../../simulate/call-input';
import type * as Calls from '../../simulate/call-input';
import type * as Explain from '../../simulate/explain';
import type { Explainer } from '../../simulate/explain';
import type * as Lines from '../../simulate/lines';
import type { Command, CommandContext, CommandResult } from '../command';
import { UsageError } from '../command';
import { print } from '../io';
import { flag, json, list, moment, optional } from '../values';
import type * as Text from './policy-explain-text';
import { policyIn } from './policy-options';

const BAD_LINES = 1;

export const policyExplain: Command = {
  summary: 'say why a call would be allowed or denied',
  description:
    'Runs the policy’s own guards over a call that nobody makes and says what each of them finds: one call by options, or\n' +
    'many as JSON Lines on standard input, one answer a line:\n' +
    '  {"method": "tools/call", "server": "crm", "tool": "search", "arguments": {}, "identity": {"userId": "ann"}}\n' +
    'All but the target may be left out; `at` is the time of the call, `id` comes back with the answer, `resource` or\n' +
    '`prompt` stand in place of `tool`. `server` is an alias of the policy or a transport: a URL, or a command with its\n' +
    'arguments, as text or list. `identity` has userId, tenantId, agentName, roles, sessionId and allowTools.\n' +
    'Limits count: the calls are those of one process, in this order, at `at` or at the time of the call before.\n' +
    'Variables of the environment refine the policy as they do for an agent.',
  options: {
    policy: { type: 'string', value: 'FILE', required: true, description: 'the policy' },
    server: { type: 'string', value: 'NAME', description: 'alias of the policy, URL, or command line' },
    tool: { type: 'string', value: 'NAME', description: 'the tool that is called' },
    resource: { type: 'string', value: 'URI', description: 'the resource that is read' },
    prompt: { type: 'string', value: 'NAME', description: 'the prompt that is asked for' },
    method: { type: 'string', value: 'METHOD', description: 'JSON-RPC method; default: by the target' },
    arguments: { type: 'string', value: 'JSON|@FILE', description: 'arguments of the call; default: {}' },
    user: { type: 'string', value: 'ID', description: 'user that the call is made for' },
    tenant: { type: 'string', value: 'ID', description: 'tenant of the user' },
    agent: { type: 'string', value: 'NAME', description: 'name of the agent' },
    role: { type: 'string', value: 'NAME', multiple: true, description: 'role of the user' },
    at: { type: 'string', value: 'TIME', description: 'when the call is made; default: now' },
    independent: {
      type: 'boolean',
      description: 'decide every line as if it were the first: no limit fills',
    },
    json: { type: 'boolean', description: 'print JSON, one line for a call' },
  },
  examples: [
    {
      line: `otel-mcp policy explain --policy policy.yaml --server files --tool read_file --arguments '{"path":"../etc"}' --user ann`,
      what: 'one call',
    },
    { line: 'otel-mcp policy explain --policy policy.yaml --json < calls.jsonl', what: 'many calls' },
  ],
  exitCodes: {
    [BAD_LINES]: 'the policy is not valid, or a line is no call; it is answered with `error` in its place',
  },
  async run(context) {
    const { values, io } = context;
    const given = callOf(context);
    if (given === undefined && io.stdin.isTTY) {
      throw new UsageError(
        `'policy explain' needs a call: --tool, --resource, --prompt or --method, or JSON Lines on stdin`,
      );
    }
    const { Explainer, jsonAnswer } = require('../../simulate/explain') as typeof Explain;
    const loaded = policyIn(optional(values, 'policy')!);
    const now = moment(values, 'at', Date.now());
    const explainer = new Explainer(loaded, { independent: flag(values, 'independent'), now });
    if (given === undefined) return explainLines(context, explainer);
    const explained = explainer.explain(given);
    if (flag(values, 'json')) return jsonAnswer(explained, given.id);
    return (require('./policy-explain-text') as typeof Text).explainText(explained, explainer, context.style);
  },
};

/** The call that options describe; `undefined`: there is none of them. */
function callOf({ values }: CommandContext): CallInput | undefined {
  const targets = ['tool', 'resource', 'prompt', 'method'] as const;
  if (targets.every((name) => values[name] === undefined)) {
    const further = ['server', 'arguments', 'user', 'tenant', 'agent', 'role'].find(
      (name) => values[name] !== undefined,
    );
    if (further === undefined) return undefined;
    throw new UsageError(`--${further} without a call: add --tool, --resource, --prompt or --method`);
  }
  const { callInput, CallInputError } = require('../../simulate/call-input') as typeof Calls;
  const texts = ['method', 'server', 'tool', 'resource', 'prompt'].map((name) => [
    name,
    optional(values, name),
  ]);
  const roles = list(values, 'role');
  const identity = {
    userId: optional(values, 'user'),
    tenantId: optional(values, 'tenant'),
    agentName: optional(values, 'agent'),
    roles: roles.length === 0 ? undefined : roles,
  };
  try {
    return callInput({ ...Object.fromEntries(texts), arguments: json(values, 'arguments'), identity });
  } catch (error) {
    throw error instanceof CallInputError ? new UsageError(error.message) : error;
  }
}

async function explainLines({ values, io }: CommandContext, explainer: Explainer): Promise<CommandResult> {
  const { linesOf } = require('../../simulate/lines') as typeof Lines;
  const { LineExplainer } = require('../../simulate/explain') as typeof Explain;
  const { lineText } = require('./policy-explain-text') as typeof Text;
  const answers = new LineExplainer(explainer, flag(values, 'json') ? undefined : lineText);
  let bad = 0;
  for await (const lines of linesOf(io.stdin)) {
    // Answers of a chunk go out together, and before the next one is waited for.
    let batch = '';
    for (const line of lines) {
      const answer = answers.answer(line);
      if (answer === undefined) continue;
      if (answer.isBad) bad += 1;
      batch += `${answer.text}\n`;
    }
    if (batch !== '') await print(io.stdout, batch);
  }
  return { exitCode: bad === 0 ? 0 : BAD_LINES };
}
