/**
 * Preload: `node --require opentelemetry-instrumentation-mcp/register agent.js`, on the command line or in `NODE_OPTIONS`.
 *
 * Puts the module hooks in place and nothing else. Everything further is loaded when the agent loads an MCP SDK.
 */
import * as threads from 'node:worker_threads';
import type { OnSdk } from './loader/install';
import type * as Install from './loader/install';

/** `module.register` starts a thread that runs the preloads again, although no code of the agent ever runs there. */
function inHooksThread(): boolean {
  const { isInternalThread } = threads as { isInternalThread?: boolean };
  return isInternalThread === true || (!threads.isMainThread && threads.parentPort === null);
}

const adopt: OnSdk = (exports, origin) => {
  const runtime = require('./pipeline/runtime') as { adopt: OnSdk };
  runtime.adopt(exports, origin);
};

if (!inHooksThread()) {
  const { installLoader } = require('./loader/install') as typeof Install;
  installLoader(adopt);
}
