import { Client } from '@modelcontextprotocol/sdk/client/index.js';

export class FrameworkClient extends Client {}
