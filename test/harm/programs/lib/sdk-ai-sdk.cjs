/** The AI SDK's own client, of the package folder that AI_SDK names, with a server of SDK 1.x. */
'use strict';
const { InMemoryTransport, makeServer } = require('./sdk-v1.cjs');

/** A client that is made connected, in the words of the others. */
function makeClient() {
  const { experimental_createMCPClient: createMCPClient } = require(process.env.AI_SDK);
  let made;
  return {
    connect: async (transport) => (made = await createMCPClient({ transport })),
    callTool: ({ name, arguments: args }) => made.callTool({ name, args, arguments: args }),
  };
}

module.exports = {
  makeClient,
  makeServer,
  InMemoryTransport,
  callTool: (client, params) => client.callTool(params),
};
