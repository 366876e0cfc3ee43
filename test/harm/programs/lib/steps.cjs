/** What the agent of the harm tests does: every kind of message, every kind of failure. One line of stdout per step. */
'use strict';
const { inspect } = require('node:util');
const { wait } = require('./answers.cjs');

const OWN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** What a caller can see of an error. */
function seen(error) {
  if (!(error instanceof Error)) return { thrown: inspect(error) };
  const { name, code, message, data } = error;
  const own = Object.keys(error);
  return { class: error.constructor.name, name, code, message, data, own };
}

/** `concurrent`: whether the transport keeps the order of messages that are sent at once. */
async function everyStep(sdk, client, { concurrent }) {
  const step = async (name, action) => {
    let outcome;
    try {
      outcome = { result: await action() };
    } catch (error) {
      outcome = { error: seen(error) };
    }
    process.stdout.write(`${JSON.stringify([name, outcome])}\n`);
  };
  const call = (params, options) => sdk.callTool(client, params, options);

  await step('list', () => client.listTools());
  await step('echo', () =>
    call({ name: 'echo', arguments: { text: 'hello', deep: { list: [1, null, 'ü'] } } }),
  );
  await step('no arguments', () => call({ name: 'fail' }));
  await step('own _meta', () =>
    call({ _meta: { 'example.com/mine': { a: 1 }, other: 'x' }, name: 'echo', arguments: { text: 'meta' } }),
  );
  await step('own traceparent', () =>
    call({ name: 'echo', arguments: {}, _meta: { traceparent: OWN, mine: 1 } }),
  );
  await step('progress', async () => {
    const progress = [];
    // How many arrive before the result is a race of the SDK's own; what was sent is in the recording.
    const result = await call({ name: 'progress' }, { onprogress: ({ total }) => progress.push(total) });
    return { result, progressed: progress.every((total) => total === 2) };
  });
  await step('log', () => call({ name: 'log' }));
  await step('roots', () => call({ name: 'roots' }));
  await step('sample', () => call({ name: 'sample' }));
  await step('tool error', () => call({ name: 'fail', arguments: {} }));
  await step('handler throws', () => call({ name: 'boom', arguments: {} }));
  for (const code of [-32602, -32001, 1234]) {
    await step(`code ${code}`, () => call({ name: 'coded', arguments: { code } }));
  }
  await step('unknown tool', () => call({ name: 'no such tool' }));
  await step('structured', () => call({ name: 'structured', arguments: {} }));
  await step('output schema violated', () => call({ name: 'structured', arguments: { violate: true } }));
  await step('resource', () => client.readResource({ uri: 'harm://one' }));
  await step('resources', () => client.listResources());
  await step('prompt', () => client.getPrompt({ name: 'greet', arguments: { who: 'me' } }));
  await step('complete', () =>
    client.complete({ ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: 'm' } }),
  );
  await step('ping', () => client.ping());
  await step('request without params', () => sdk.request(client, { method: 'ping' }));
  await step('notification', () => client.sendRootsListChanged());
  await step('no parameters at all', () => call(undefined));
  await step('aborted before', () => call({ name: 'echo' }, { signal: AbortSignal.abort('never mind') }));
  await step('timeout', () => call({ name: 'slow', arguments: { ms: 20_000 } }, { timeout: 60 }));
  await step('aborted', () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort('pressed stop'), 30);
    return call({ name: 'slow', arguments: { ms: 20_000 } }, { signal: controller.signal });
  });
  await wait(100);
  if (concurrent) {
    const numbers = [1, 2, 3, 4, 5, 6];
    await step('at once', () =>
      Promise.all(numbers.map((n) => call({ name: 'echo', arguments: { text: `${n}` } }))),
    );
  }
  await client.close();
  await step('after close', () => call({ name: 'echo', arguments: {} }));
}

module.exports = { everyStep, seen };
