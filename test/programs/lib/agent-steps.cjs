/**
 * What the test agents do once they are connected: every kind of call, with every outcome that a server can cause.
 * Results go to stdout. The answer of `whoami` goes to stderr, because it is what a run under the preload changes.
 */
'use strict';

const say = (line) => process.stdout.write(`${line}\n`);

/** What went wrong, as a caller sees it. */
function describe(error) {
  return error instanceof Error ? `${error.name} ${error.code} ${error.message}` : String(error);
}

async function call(client, name, args) {
  try {
    const result = await client.callTool({ name, arguments: args });
    const [first] = result.content;
    return { failed: result.isError === true, text: first.text };
  } catch (error) {
    return { failed: true, text: describe(error) };
  }
}

/** `client` is connected; `close()` ends the conversation. */
async function useEveryCall(client) {
  const { tools } = await client.listTools();
  say(`tools: ${tools.map((tool) => tool.name).join(' ')}`);
  say(`echo: ${JSON.stringify(await call(client, 'echo', { text: 'hello' }))}`);
  const whoami = await call(client, 'whoami', {});
  say(`whoami: ${whoami.failed ? 'failed' : 'answered'}`);
  process.stderr.write(`whoami ${whoami.text}\n`);
  say(`fail: ${JSON.stringify(await call(client, 'fail', {}))}`);
  say(`boom: ${JSON.stringify(await call(client, 'boom', {}))}`);
  say(`coded: ${JSON.stringify(await call(client, 'coded', { code: -32001 }))}`);
  const resource = await client.readResource({ uri: 'echo://greeting' });
  say(`resource: ${resource.contents[0].text}`);
  const prompt = await client.getPrompt({ name: 'greet' });
  say(`prompt: ${prompt.messages[0].content.text}`);
  await client.close();
  say('closed');
}

/** Command and arguments of the server that belongs to this agent: `echo-server-*` beside it. */
function serverCommand(serverFile) {
  const env = process.env.SERVER_INHERITS_ENV === '1' ? { ...process.env } : { PATH: process.env.PATH ?? '' };
  if (process.env.RECORD_FILE) env.RECORD_FILE = process.env.RECORD_FILE;
  return { command: process.execPath, args: [serverFile], env };
}

module.exports = { describe, say, serverCommand, useEveryCall };
