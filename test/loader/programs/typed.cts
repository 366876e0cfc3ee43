import { Client } from '@modelcontextprotocol/sdk/client/index.js';

type Check = (Class: unknown) => string;
const { isHandedOver } = globalThis as unknown as { isHandedOver: Check };
console.log(isHandedOver(Client));
