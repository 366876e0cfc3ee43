// Entry of the bundled agents that reach the CommonJS build of the SDK.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');

console.log(
  globalThis.isHandedOver(Client),
  new Client({ name: 'bundled', version: '1.0.0' }) instanceof Client,
);
