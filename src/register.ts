/**
 * Preload: `node --require opentelemetry-instrumentation-mcp/register agent.js`, on the command line or in `NODE_OPTIONS`.
 *
 * Puts the module hooks in place and nothing else. Everything further is loaded when the agent loads an MCP SDK.
 */
import * as threads from 'node:worker_threads';
import type * as Install from './loader/install';
import type * as Runtime from './pipeline/runtime';

/** `module.register` starts a thread that runs the preloads again, although no code of the agent ever runs there. */
function inHooksThread(): boolean {
  const { isInternalThread } = threads as { isInternalThread?: boolean };
  return isInternalThread === true || (!threads.isMainThread && threads.parentPort === null);
}

const adopt: Install.OnSdk = (exports) => {
  const runtime = require('./pipeline/runtime') as typeof Runtime;
  runtime.adopt(exports);
};

try {
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
