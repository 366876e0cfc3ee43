import { Client } from '@modelcontextprotocol/sdk/client/index.js';

console.log(globalThis.isHandedOver(Client));
