'use strict';

/** Two tools, one of which never works. */
exports.addTools = (server, UserError, z) => {
  server.addTool({
    name: 'echo',
    description: 'Says it again',
    parameters: z.object({ text: z.string() }),
    execute: async ({ text }) => text,
  });
  server.addTool({
    name: 'fail',
    description: 'Never works',
    parameters: z.object({}),
    execute: async () => {
      throw new UserError('it failed');
    },
  });
};

/** A server over stdio. */
exports.run = (FastMCP, UserError, z) => {
  const server = new FastMCP({ name: 'notes', version: '1.0.0' });
  exports.addTools(server, UserError, z);
  server.start({ transportType: 'stdio' });
};
