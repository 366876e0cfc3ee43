/**
 * An agent that makes one call, closes, and has nothing more to do: `node alive.cjs v1|v2 [idle ms]`. Prints what keeps
 * the process alive after that time, and how long it took to end.
 */
'use strict';

const sdk = require(`./lib/sdk-${process.argv[2]}.cjs`);
const idle = Number(process.argv[3] ?? 0);

async function main() {
  const [ours, theirs] = sdk.InMemoryTransport.createLinkedPair();
  await sdk.makeServer().connect(theirs);
  const client = sdk.makeClient();
  await client.connect(ours);
  await sdk.callTool(client, { name: 'echo', arguments: { text: 'x' } });
  await client.close();
  // Both streams are there from now on, whoever used them first.
  process.stderr.write('closed\n');
  process.stdout.write('closed\n');
  if (idle > 0) await new Promise((resolve) => setTimeout(resolve, idle));
  process.stdout.write(`alive by ${JSON.stringify(process.getActiveResourcesInfo().toSorted())}\n`);
  const ending = performance.now();
  process.on('exit', () =>
    process.stderr.write(`ended after ${Math.round(performance.now() - ending)} ms\n`),
  );
}

main();
