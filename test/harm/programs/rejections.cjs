/**
 * An agent whose tool call fails, and what it does about it: `node rejections.cjs v1|v2|ai-sdk STYLE`.
 * By hand: node test/harm/programs/rejections.cjs v1 unhandled; echo $?
 */
'use strict';

const [, , major, style] = process.argv;
const sdk = require(`./lib/sdk-${major}.cjs`);
const say = (line) => process.stdout.write(`${line}\n`);

const STYLES = {
  unhandled: (fail) => void fail(),
  'several unhandled': (fail) => {
    process.on('unhandledRejection', (error) => say(`unhandled ${error.message}`));
    for (let n = 0; n < 3; n += 1) void fail();
  },
  handled: (fail) => fail().catch((error) => say(`handled ${error.message}`)),
  'handled by then': (fail) => fail().then(undefined, (error) => say(`handled ${error.message}`)),
  'handled late': (fail) => {
    const promise = fail();
    process.on('unhandledRejection', (error) => say(`unhandled ${error.message}`));
    process.on('rejectionHandled', () => say('handled after all'));
    setTimeout(() => promise.catch((error) => say(`caught ${error.message}`)), 300);
  },
  awaited: async (fail) => {
    try {
      await fail();
    } catch (error) {
      say(`caught ${error.message}`);
    }
  },
  'thrown in an async function': async (fail) => {
    await fail();
  },
  'all of them': (fail) => Promise.all([fail(), fail()]).catch((error) => say(`one of two ${error.message}`)),
  finally: (fail) => void fail().finally(() => say('finally')),
};

async function main() {
  process.on('warning', (warning) => say(`warning ${warning.name} ${warning.message}`));
  const [ours, theirs] = sdk.InMemoryTransport.createLinkedPair();
  await sdk.makeServer().connect(theirs);
  const client = sdk.makeClient();
  await client.connect(ours);
  await STYLES[style](() => sdk.callTool(client, { name: 'boom', arguments: {} }));
}

main();
