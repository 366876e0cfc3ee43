/**
 * Makes every kind of failure happen once, each on a tool call of its own name, and prints what the caller saw.
 *
 * `sdk` is what the two SDK majors do differently: `client(options)`, `stdio(args, {failing})`, `callTool(client,
 * params, options)`, `streamable(url)`, `sse(url)`; the last two may be missing. `cannot` names the rows that this client
 * cannot have, `hangs` those whose call is over only when the connection is closed.
 */
'use strict';

const DENIALS =
  'access_denied rate_limited budget_exceeded input_rejected circuit_open guard_unavailable'.split(' ');
const STATUSES = ['401', '403', '404', '500'];

function seen(error) {
  if (!(error instanceof Error)) return { thrown: error };
  return { name: error.name, code: error.code, message: error.message };
}

async function run(sdk) {
  const attempt = async (client, name, options) => {
    if (sdk.cannot?.has(name)) return;
    let outcome;
    try {
      const result = await sdk.callTool(client, { name, arguments: {} }, options);
      outcome = result.isError === true ? 'isError' : 'result';
    } catch (error) {
      outcome = seen(error);
    }
    process.stdout.write(`${JSON.stringify([name, outcome])}\n`);
  };
  await overStdio(sdk, attempt);
  await withoutCapability(sdk, attempt);
  if (sdk.streamable !== undefined)
    await overHttp(sdk, sdk.streamable(process.env.HTTP_URL), 'http', attempt);
  if (sdk.sse !== undefined) await overHttp(sdk, sdk.sse(process.env.SSE_URL), 'sse', attempt);
  await inFlightAtExit(sdk, attempt);
}

async function overStdio(sdk, attempt) {
  const client = sdk.client({});
  await client.connect(sdk.stdio([], { failing: 'transport_error' }));
  await client.listTools();
  await attempt(client, 'success');
  await attempt(client, 'tool_error');
  for (const code of [-32602, -32603, -32001, -32000, 1234]) await attempt(client, `code_${code}`);
  await attempt(client, 'timeout', { timeout: 100 });
  const controller = new AbortController();
  setTimeout(() => controller.abort('the user pressed stop'), 50);
  await attempt(client, 'cancelled', { signal: controller.signal });
  await attempt(client, 'cancelled_before', { signal: AbortSignal.abort() });
  await attempt(client, 'invalid_result');
  await attempt(client, 'output_schema');
  await attempt(client, 'transport_error');
  for (const denial of DENIALS) await attempt(client, denial);
  await attempt(client, 'connection_closed');
  await attempt(client, 'not_connected');
}

/** A refusal of the SDK itself that is none of the others. */
async function withoutCapability(sdk, attempt) {
  const client = sdk.client({ enforceStrictCapabilities: true });
  await client.connect(sdk.stdio(['--no-tools'], {}));
  await attempt(client, '_OTHER');
  await client.close();
}

async function overHttp(sdk, transport, prefix, attempt) {
  const client = sdk.client({});
  await client.connect(transport);
  const names = [...STATUSES, 'broken'].map((refusal) => `${prefix}_${refusal}`);
  const pending = [];
  for (const name of names) {
    const attempted = attempt(client, name);
    if (sdk.hangs?.has(name)) pending.push(attempted);
    else await attempted;
  }
  if (pending.length > 0) setTimeout(() => client.close(), 200);
  await Promise.all(pending);
  if (pending.length === 0) await client.close();
}

async function inFlightAtExit(sdk, attempt) {
  const client = sdk.client({});
  await client.connect(sdk.stdio([], {}));
  setTimeout(() => process.exit(0), 100);
  await attempt(client, 'process_exit');
}

module.exports = { run };
