const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');

console.log(globalThis.isHandedOver(Client));
