/**
 * What every agent here does: lists the tools, uses three of them, lists them again and calls one whose definition has
 * changed. Prints what it was given as one line of JSON.
 */
'use strict';

const HIDDEN = '\u200b';

async function outcomeOf(work) {
  try {
    return await work();
  } catch ({ name, code, kind, guard }) {
    return { thrown: { name, code, kind, guard } };
  }
}

/** `list()` gives the definitions of all pages, `call(params)` the result of a tool. */
async function follow({ list, call, close }) {
  const first = await list();
  const echo = await outcomeOf(() => call({ name: 'echo', arguments: { message: `a${HIDDEN}b` } }));
  const poem = await outcomeOf(() => call({ name: 'poem', arguments: {} }));
  const second = await list();
  const search = await outcomeOf(() => call({ name: 'search', arguments: {} }));
  await close();
  const shown = (tools) => tools.map(({ name, description }) => [name, description]);
  console.log(JSON.stringify({ first: shown(first), echo, poem, second: shown(second), search }));
}

/** Command and arguments of the server, which this program's own arguments are. */
const [command, ...args] = process.argv.slice(2);
const server = { command, args, env: { ...process.env } };

module.exports = { follow, server };
