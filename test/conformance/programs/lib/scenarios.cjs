/** What a conformance client does in each scenario, whatever SDK carries it. */
'use strict';
const { providerFor } = require('./oauth.cjs');

const ATTEMPTS = 3;
/** Tools with required arguments; every other tool is called without any. */
const ARGUMENTS = { add_numbers: { a: 5, b: 3 } };

/**
 * `sdk`: `makeClient()` gives a client that accepts every elicitation; `makeTransport(url, authProvider)`;
 * `isUnauthorized(error)`; the SDK's providers for client credentials. The suite names scenario and context in the
 * environment and the server's URL as last argument.
 */
async function run(sdk) {
  const url = process.argv.at(-1);
  const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? 'tools_call';
  const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
  const isAuth = scenario.startsWith('auth/');
  const provider = isAuth ? providerFor(scenario, context, url, sdk) : undefined;
  let transport;
  let client;

  const connect = async () => {
    client = sdk.makeClient();
    transport = sdk.makeTransport(new URL(url), provider);
    await client.connect(transport);
  };
  const authorized = async (operation) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await operation();
      } catch (error) {
        const code = provider?.code;
        if (!sdk.isUnauthorized(error) || code === undefined || attempt === ATTEMPTS) throw error;
        provider.code = undefined;
        await transport.finishAuth(code);
      }
    }
  };

  await authorized(connect);
  const { tools } = await authorized(() => client.listTools());
  for (const { name } of tools) {
    await authorized(() => client.callTool({ name, arguments: ARGUMENTS[name] ?? {} }));
  }
  await client.close();
}

/** Ends with code 1 when the scenario ended in an error: some scenarios expect one. */
function main(sdk) {
  run(sdk).catch((error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    process.exit(1);
  });
}

module.exports = { main };
