'use strict';
const { report } = require('./report.cjs');

const CALL_ID = 'call';

/** What a model answers in one turn, in the words of each generation of the AI SDK's mock model. */
const GENERATIONS = {
  MockLanguageModelV1: ({ name, input }) => ({
    ...(name === undefined
      ? { text: 'done', finishReason: 'stop' }
      : {
          toolCalls: [{ toolCallType: 'function', toolCallId: CALL_ID, toolName: name, args: input }],
          finishReason: 'tool-calls',
        }),
    usage: { promptTokens: 1, completionTokens: 1 },
    rawCall: { rawPrompt: null, rawSettings: {} },
  }),
  MockLanguageModelV2: (turn) => ({
    content: contentOf(turn),
    finishReason: reasonOf(turn),
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    warnings: [],
  }),
  MockLanguageModelV3: newest,
  MockLanguageModelV4: newest,
};

function newest(turn) {
  return {
    content: contentOf(turn),
    finishReason: { unified: reasonOf(turn) },
    usage: { inputTokens: { total: 1 }, outputTokens: { total: 1 } },
    warnings: [],
  };
}

const reasonOf = ({ name }) => (name === undefined ? 'stop' : 'tool-calls');

function contentOf({ name, input }) {
  if (name === undefined) return [{ type: 'text', text: 'done' }];
  return [{ type: 'tool-call', toolCallId: CALL_ID, toolName: name, input }];
}

/** Asks for the tools that the user named, one after the other. */
function scriptedModel(mocks) {
  const generation = Object.keys(GENERATIONS).findLast((name) => mocks[name] !== undefined);
  const doGenerate = async ({ prompt }) => {
    const plan = prompt.find(({ role }) => role === 'user').content[0].text.split(' ');
    const name = plan[prompt.filter(({ role }) => role === 'tool').length];
    const input = JSON.stringify(name === 'echo' ? { text: 'hello' } : {});
    return GENERATIONS[generation]({ name, input });
  };
  return new mocks[generation]({ doGenerate });
}

/** `generateText` with the tools of a server and the AI SDK's own telemetry. */
exports.run = async (ai, mocks, createMCPClient, StdioMCPTransport) => {
  const [server, record] = process.argv.slice(2);
  const transport = new StdioMCPTransport({ command: process.execPath, args: [server, record] });
  const client = await createMCPClient({ transport });
  const tools = await client.tools();
  const ask = async (prompt) => {
    const { steps } = await ai.generateText({
      model: scriptedModel(mocks),
      tools,
      prompt,
      // Up to 4 the one, from 5 on the other.
      maxSteps: 5,
      stopWhen: ai.stepCountIs?.(5),
      experimental_telemetry: { isEnabled: true },
    });
    return steps.flatMap(({ toolResults }) => toolResults.map(({ result, output }) => result ?? output));
  };
  await report('echo', () => ask('echo'));
  await report('fail', () => ask('fail'));
  await report('broken', () => ask('broken'));
  await client.close();
};
