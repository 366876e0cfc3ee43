/** The server over stdio, with the official SDK: `node stdio-server.mjs RECORD`, which gets every message it receives. */
import { appendFileSync } from 'node:fs';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { notesServer } from './sdk-server.mjs';

const record = process.argv[2];
process.stdin.on('data', (chunk) => appendFileSync(record, chunk));
await notesServer().connect(new StdioServerTransport());
