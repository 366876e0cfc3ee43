import type { Row } from '../row';

export const row: Row = {
  package: 'agents',
  role: 'client',
  versions: [],
  copy: 'SDK v2, its dependency',
  cannotRun:
    '`import("agents")` of 0.32.0 fails on Node: ERR_UNSUPPORTED_ESM_URL_SCHEME, "Received protocol \'cloudflare:\'". Its `agents/mcp/client` loads, but "MCPClientManager must be installed with Lifecycle.use() before use", which a Durable Object alone can do.',
  traced: 'Nothing: it runs on Cloudflare Workers, where Node’s preload does not exist.',
  instead: 'Preload the MCP servers that it calls, and read the events that the package emits itself.',
};
