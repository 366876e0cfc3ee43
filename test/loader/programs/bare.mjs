// Needs no preload, unlike the others.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';

console.log(Client.name);
