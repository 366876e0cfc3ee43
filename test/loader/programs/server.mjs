import { Server } from '@modelcontextprotocol/sdk/server/index.js';

console.log(globalThis.isHandedOver(Server));
