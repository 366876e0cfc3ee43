/**
 * An ordinary agent that uses everything: `node agent.cjs v1|v2 stdio|memory|http|sse [url]`.
 * RECORD names a folder: messages in memory go to `sent` there, and stdio runs through `tee.cjs`, which writes `in`,
 * `out` and `starts`.
 * By hand: node test/harm/programs/agent.cjs v1 memory
 */
'use strict';
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const { everyStep } = require('./lib/steps.cjs');

const [, , major, transport, url] = process.argv;
const folder = process.env.RECORD;
const sdk = require(`./lib/sdk-${major}.cjs`);

function overStdio() {
  const server = [join(__dirname, 'server.cjs'), major, 'stdio'];
  const args =
    folder === undefined ? server : [join(__dirname, 'tee.cjs'), folder, process.execPath, ...server];
  return sdk.stdio({ command: process.execPath, args, env: { ...process.env }, stderr: 'inherit' });
}

/** Messages as both sides hand them over, in the order in which they do. */
async function inMemory() {
  const { InMemoryTransport } = sdk;
  const { send } = InMemoryTransport.prototype;
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  if (folder !== undefined) {
    InMemoryTransport.prototype.send = function (message, ...rest) {
      appendFileSync(join(folder, this === ours ? 'in' : 'out'), `${JSON.stringify(message)}\n`);
      return send.call(this, message, ...rest);
    };
  }
  if (process.env.MCP_ERA === undefined) await sdk.makeServer().connect(theirs);
  else sdk.serveStdio({ transport: theirs });
  return ours;
}

async function main() {
  const client = sdk.makeClient();
  let wire;
  if (transport === 'stdio') wire = overStdio();
  else if (transport === 'memory') wire = await inMemory();
  else wire = sdk[transport](new URL(url));
  await client.connect(wire);
  process.stdout.write(`${JSON.stringify([client.getServerVersion(), client.getServerCapabilities()])}\n`);
  await everyStep(sdk, client, { concurrent: transport === 'stdio' || transport === 'memory' });
}

main();
