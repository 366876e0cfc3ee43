import { createServer } from 'node:net';
import { FastMCP, UserError } from 'fastmcp';
import { z } from 'zod';
import { addTools } from './lib/fastmcp.cjs';

/** A free port: FastMCP does not say which one it got. */
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = probe.address();
    probe.close(() => resolve(free));
  });
});
const server = new FastMCP({ name: 'notes', version: '1.0.0' });
addTools(server, UserError, z);
await server.start({ transportType: 'httpStream', httpStream: { port, host: '127.0.0.1' } });
process.once('SIGTERM', () => server.stop());
