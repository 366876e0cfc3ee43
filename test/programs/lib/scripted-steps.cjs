/**
 * Does what a script says, and prints what came of it as one line of JSON: `{connected, outcomes, handled}`.
 *
 * SCRIPT names a file with `{"servers": {"main": {"command", "args"} or {"url"}}, "handlers": true, "steps": [...]}`. A step
 * names its `server` (default `main`; connected at its first step), whom it is made for (`as`, of `withMcpContext`), and
 * one of: `call`, a tool, with `arguments`; `read`, a URI; `prompt`, a name; `list`; `together`, lists of steps that run
 * side by side. `aborted`: the call is given up before it begins. `handlers`: sampling, elicitation and roots are answered.
 *
 * `sdk.connect(server, handlers)` gives a session: `call`, `read`, `prompt`, `list`, `close`. What it cannot do is missing.
 */
'use strict';
const { readFileSync } = require('node:fs');

function seen(error) {
  if (!(error instanceof Error)) return { thrown: String(error) };
  const { name, code, message, kind, guard, rule, retryAfterMs } = error;
  return { thrown: { name, code, message, kind, guard, rule, retryAfterMs } };
}

const outcomeOf = async (work) => {
  try {
    return { result: (await work()) ?? null };
  } catch (error) {
    return seen(error);
  }
};

const HANDLED = {
  'sampling/createMessage': {
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled by the agent' },
  },
  'elicitation/create': { action: 'accept', content: { ok: true, name: 'elicited from the agent' } },
  'roots/list': { roots: [{ uri: 'file:///of-the-agent', name: 'of the agent' }] },
};

async function follow(sdk) {
  const { servers, steps, handlers } = JSON.parse(readFileSync(process.env.SCRIPT, 'utf8'));
  const sessions = new Map();
  const connected = {};
  const handled = [];
  const answers = Object.entries(HANDLED).map(([method, answer]) => [
    method,
    async () => {
      handled.push(method);
      return answer;
    },
  ]);

  const connect = async (name) => {
    let session;
    const outcome = await outcomeOf(async () => {
      session = await sdk.connect(servers[name], handlers === true ? answers : []);
    });
    connected[name] = outcome;
    return session;
  };
  const sessionOf = (name) => {
    if (!sessions.has(name)) sessions.set(name, connect(name));
    return sessions.get(name);
  };

  const runAll = async (list) => {
    const outcomes = [];
    for (const step of list) outcomes.push(await run(step));
    return outcomes;
  };
  const run = async (step) => {
    if (step.together !== undefined) return Promise.all(step.together.map(runAll));
    const session = await sessionOf(step.server ?? 'main');
    if (session === undefined) return { unconnected: true };
    if (step.as === undefined) return act(session, step);
    return require('opentelemetry-instrumentation-mcp').withMcpContext(step.as, () => act(session, step));
  };

  const outcomes = await runAll(steps);
  for (const session of sessions.values()) await (await session)?.close();
  process.stdout.write(`${JSON.stringify({ connected, outcomes, handled })}\n`);
}

function act(session, step) {
  return outcomeOf(() => {
    if (step.read !== undefined) return session.read({ uri: step.read });
    if (step.prompt !== undefined) return session.prompt({ name: step.prompt, arguments: step.arguments });
    if (step.list) return session.list();
    const options = step.aborted ? { signal: AbortSignal.abort('never mind') } : undefined;
    return session.call({ name: step.call, arguments: step.arguments ?? {} }, options);
  });
}

module.exports = { follow };
