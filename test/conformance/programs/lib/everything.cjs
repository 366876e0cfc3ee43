/** What the conformance suite asks a server to offer: its tools, resources and prompts, whatever SDK carries them. */
'use strict';

/** A PNG of one red pixel, and a WAV without samples. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const text = (value) => ({ type: 'text', text: value });
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const embedded = (uri, mimeType, content) => ({
  type: 'resource',
  resource: { uri, mimeType, text: content },
});
const answer = (...content) => ({ content });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const nothing = { type: 'object', properties: {} };
const oneText = (name) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] });
const form = (properties) => ({ type: 'object', properties, required: [] });
const titles = (...names) => names.map((title, at) => ({ const: `value${at + 1}`, title }));

const DEFAULTS = form({
  name: { type: 'string', description: 'Name', default: 'John Doe' },
  age: { type: 'integer', description: 'Age', default: 30 },
  score: { type: 'number', description: 'Score', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', description: 'Verified', default: true },
});
const ENUMS = form({
  untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  titledSingle: { type: 'string', oneOf: titles('First Option', 'Second Option', 'Third Option') },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
  titledMulti: { type: 'array', items: { anyOf: titles('First Choice', 'Second Choice', 'Third Choice') } },
});
const PERSON = {
  type: 'object',
  properties: {
    username: { type: 'string', description: 'Name of the user' },
    email: { type: 'string', description: 'Mail address of the user' },
  },
  required: ['username', 'email'],
};
const SCHEMA_2020_12 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
  additionalProperties: false,
};

async function completed(peer, requestedSchema) {
  const { action, content } = await peer.elicit({ message: 'Please fill in', requestedSchema });
  return answer(text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`));
}

/** By name: input schema and what the tool does. `peer` is the connection that the call came in on. */
const TOOLS = {
  test_simple_text: [nothing, () => answer(text('This is a simple text response for testing.'))],
  test_image_content: [nothing, () => answer(image)],
  test_audio_content: [nothing, () => answer({ type: 'audio', data: SILENCE, mimeType: 'audio/wav' })],
  test_embedded_resource: [
    nothing,
    () => answer(embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')),
  ],
  test_multiple_content_types: [
    nothing,
    () =>
      answer(
        text('Multiple content types test:'),
        image,
        embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ),
  ],
  test_tool_with_logging: [
    nothing,
    async (_, peer) => {
      for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await peer.notify('notifications/message', { level: 'info', data: line });
        await wait(50);
      }
      return answer(text('logged three lines'));
    },
  ],
  test_error_handling: [
    nothing,
    () => ({ ...answer(text('This tool intentionally returns an error for testing')), isError: true }),
  ],
  test_tool_with_progress: [
    nothing,
    async (_, peer) => {
      for (const progress of [0, 50, 100]) {
        if (peer.progressToken !== undefined) {
          const { progressToken } = peer;
          await peer.notify('notifications/progress', { progressToken, progress, total: 100 });
        }
        await wait(50);
      }
      return answer(text('progressed'));
    },
  ],
  test_sampling: [
    oneText('prompt'),
    async ({ prompt }, peer) => {
      const messages = [{ role: 'user', content: text(prompt) }];
      const { content } = await peer.sample({ messages, maxTokens: 100 });
      return answer(text(`LLM response: ${content.text}`));
    },
  ],
  test_elicitation: [
    oneText('message'),
    async ({ message }, peer) => {
      const { action, content } = await peer.elicit({ message, requestedSchema: PERSON });
      return answer(text(`User response: action=${action}, content=${JSON.stringify(content ?? {})}`));
    },
  ],
  test_elicitation_sep1034_defaults: [nothing, (_, peer) => completed(peer, DEFAULTS)],
  test_elicitation_sep1330_enums: [nothing, (_, peer) => completed(peer, ENUMS)],
  json_schema_2020_12_tool: [SCHEMA_2020_12, () => answer(text('accepted'))],
  test_reconnection: [
    nothing,
    async (_, peer) => {
      await wait(50);
      peer.closeStream();
      await wait(150);
      return answer(text('answered after the stream was closed'));
    },
  ],
};

const RESOURCES = {
  'test://static-text': ['text/plain', { text: 'This is the content of the static text resource.' }],
  'test://static-binary': ['image/png', { blob: PIXEL }],
  'test://watched-resource': ['text/plain', { text: 'Watched.' }],
};

const PROMPTS = {
  test_simple_prompt: [[], () => [text('This is a simple prompt for testing.')]],
  test_prompt_with_arguments: [
    ['arg1', 'arg2'],
    ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  ],
  test_prompt_with_embedded_resource: [
    ['resourceUri'],
    ({ resourceUri }) => [
      embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
      text('Please process the embedded resource above.'),
    ],
  ],
  test_prompt_with_image: [[], () => [image, text('Please analyze the image above.')]],
};

const describe = (name) => `The ${name} of the conformance suite`;

function readResource({ uri }) {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id !== undefined) {
    const data = { id, templateTest: true, data: `Data for ID: ${id}` };
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] };
  }
  if (RESOURCES[uri] === undefined) throw new Error(`Unknown resource: ${uri}`);
  const [mimeType, content] = RESOURCES[uri];
  return { contents: [{ uri, mimeType, ...content }] };
}

/** Answers by JSON-RPC method; each gets the request's parameters and the peer. */
const ANSWERS = {
  'tools/list': () => ({
    tools: Object.entries(TOOLS).map(([name, [inputSchema]]) => ({
      name,
      description: describe(name),
      inputSchema,
    })),
  }),
  'tools/call': async ({ name, arguments: args }, peer) => {
    if (TOOLS[name] === undefined) throw new Error(`Unknown tool: ${name}`);
    return TOOLS[name][1](args ?? {}, peer);
  },
  'resources/list': () => ({
    resources: Object.entries(RESOURCES).map(([uri, [mimeType]]) => ({
      uri,
      name: uri.slice('test://'.length),
      description: describe(uri),
      mimeType,
    })),
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [
      { uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' },
    ],
  }),
  'resources/read': readResource,
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'prompts/list': () => ({
    prompts: Object.entries(PROMPTS).map(([name, [args]]) => ({
      name,
      description: describe(name),
      arguments: args.map((arg) => ({ name: arg, description: arg, required: true })),
    })),
  }),
  'prompts/get': ({ name, arguments: args }) => {
    if (PROMPTS[name] === undefined) throw new Error(`Unknown prompt: ${name}`);
    return { messages: PROMPTS[name][1](args ?? {}).map((content) => ({ role: 'user', content })) };
  },
  'completion/complete': () => ({ completion: { values: ['paris', 'park'], total: 2, hasMore: false } }),
  'logging/setLevel': () => ({}),
};

const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  prompts: { listChanged: true },
  logging: {},
  completions: {},
};
const INFO = { name: 'conformance-server', version: '1.0.0' };

module.exports = { ANSWERS, CAPABILITIES, INFO };
