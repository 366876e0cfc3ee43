/**
 * An agent whose users have tokens that the server does not take: as many users as are named, each tries to connect once.
 * By hand: node test/sdk/programs/wrong-tokens.cjs http://127.0.0.1:3000/mcp ada ada bob
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { withMcpContext } = require('../../../build/src/index.js');

async function main() {
  const [url, ...users] = process.argv.slice(2);
  for (const userId of users) {
    await withMcpContext({ userId }, async () => {
      const client = new Client({ name: 'forgetful', version: '1.0.0' });
      const requestInit = { headers: { authorization: `Bearer wrong-${userId}` } };
      try {
        await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
      } catch (error) {
        process.stdout.write(`${userId} ${error.code}\n`);
      }
    });
  }
}

main();
