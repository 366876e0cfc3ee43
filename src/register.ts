/**
 * Preload: `node --require opentelemetry-instrumentation-mcp/register agent.js`, on the command line or in `NODE_OPTIONS`.
 *
 * Puts the module hooks in place and nothing else. Everything further is loaded when the agent loads an MCP SDK.
 */
import type * as Threads from './core/hooks-thread';
import type * as HttpServer from './http/server';
import type * as Install from './loader/install';
import type * as Runtime from './pipeline/runtime';

let isServing = false;

const adopt: Install.OnSdk = (exports, origin) => {
  const runtime = require('./pipeline/runtime') as typeof Runtime;
  runtime.adopt(exports, origin);
  if (process.env['OTEL_MCP_HTTP'] && !isServing) {
    isServing = true;
    (require('./http/server') as typeof HttpServer).serveWhereAsked();
  }
};

try {
  const { inHooksThread } = require('./core/hooks-thread') as typeof Threads;
  if (!inHooksThread()) {
    const { installLoader } = require('./loader/install') as typeof Install;
    installLoader(adopt);
  }
} catch (error) {
  // A damaged install must not take the agent down. Our own diagnostics may be what is damaged.
  process.stderr.write(
    `opentelemetry-instrumentation-mcp: not loaded, nothing is traced (${String(error)})\n`,
  );
}
