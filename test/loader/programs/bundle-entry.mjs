// Entry of the bundled agents.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';

console.log(
  globalThis.isHandedOver(Client),
  new Client({ name: 'bundled', version: '1.0.0' }) instanceof Client,
);
