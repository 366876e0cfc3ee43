'use strict';

/** A server over stdio. */
exports.run = (FastMCP, UserError, z) => {
  const server = new FastMCP({ name: 'notes', version: '1.0.0' });

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

  server.start({ transportType: 'stdio' });
};
