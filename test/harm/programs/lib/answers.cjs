/** What the server of the harm tests answers, whatever SDK carries it. `peer` is the connection of the call. */
'use strict';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const anything = { type: 'object', additionalProperties: true };
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const TOOLS = {
  echo: (args) => text(String(args.text)),
  fail: () => ({ ...text('this tool failed'), isError: true }),
  boom: () => {
    throw new Error('boom went the handler');
  },
  coded: (args, peer) => {
    throw peer.fault(args.code, 'remote says no', { detail: ['a', 1] });
  },
  slow: async (args) => {
    // Long enough for a call to be given up on a busy machine; holds no process.
    await new Promise((resolve) => setTimeout(resolve, args.ms).unref());
    return text('slow but sure');
  },
  progress: async (_, peer) => {
    for (const progress of [1, 2]) {
      await peer.notify('notifications/progress', { progressToken: peer.progressToken, progress, total: 2 });
      // v2 hands notifications on later than results.
      await wait(30);
    }
    return text('progressed');
  },
  log: async (_, peer) => {
    await peer.notify('notifications/message', { level: 'info', data: { logged: true } });
    return text('logged');
  },
  roots: async (_, peer) => text(JSON.stringify(await peer.roots())),
  sample: async (_, peer) => text(JSON.stringify(await peer.sample())),
  structured: (args) => ({ ...text('{"n":1}'), structuredContent: { n: args.violate ? 'one' : 1 } }),
};
const OUTPUT = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

const ANSWERS = {
  'tools/list': () => ({
    tools: Object.keys(TOOLS).map((name) => ({
      name,
      description: `Does ${name}`,
      inputSchema: anything,
      ...(name === 'structured' ? { outputSchema: OUTPUT } : {}),
    })),
  }),
  'tools/call': async ({ name, arguments: args }, peer) => {
    if (TOOLS[name] === undefined) throw peer.fault(-32602, `Unknown tool: ${name}`);
    return TOOLS[name](args ?? {}, peer);
  },
  'resources/list': () => ({ resources: [{ uri: 'harm://one', name: 'one' }] }),
  'resources/read': ({ uri }) => ({ contents: [{ uri, mimeType: 'text/plain', text: 'a resource' }] }),
  'prompts/list': () => ({ prompts: [{ name: 'greet', arguments: [{ name: 'who' }] }] }),
  'prompts/get': ({ name }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `prompt ${name}` } }],
  }),
  'completion/complete': () => ({ completion: { values: ['a'] } }),
};
const CAPABILITIES = { tools: {}, resources: {}, prompts: {}, logging: {}, completions: {} };
const SAMPLING = { maxTokens: 5, messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }] };

module.exports = { ANSWERS, CAPABILITIES, SAMPLING, wait };
