// Six copies of the SDK: three installs, each as ES module and as CommonJS.
import { createRequire } from 'node:module';

const clients = [];
for (const folder of ['one', 'two', 'three']) {
  const base = new URL(`./${folder}/agent.cjs`, import.meta.url);
  const name =
    folder === 'three' ? '@modelcontextprotocol/client' : '@modelcontextprotocol/sdk/client/index.js';
  clients.push(createRequire(base)(name).Client);
  const { Client } = await import(new URL('./copy.mjs', base));
  clients.push(Client);
}
console.log(clients.map((Client) => globalThis.isHandedOver(Client)).join(', '));
console.log(`${new Set(clients).size} classes`);
