const { Client } = require('@modelcontextprotocol/sdk/client/index.js');

console.log(globalThis.isHandedOver(Client));
