'use strict';

const USAGE = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that calls one tool after the other, then says that it is done. */
function scripted(MockLanguageModelV3, calls) {
  let at = 0;
  return new MockLanguageModelV3({
    doGenerate: async () => {
      const call = calls[at];
      at += 1;
      const content =
        call === undefined
          ? [{ type: 'text', text: 'done' }]
          : [{ type: 'tool-call', toolCallId: `call-${at}`, ...call }];
      const unified = call === undefined ? 'stop' : 'tool-calls';
      return { content, finishReason: { unified, raw: unified }, usage: USAGE, warnings: [] };
    },
  });
}

/** VoltAgent brings an OpenTelemetry SDK of its own: it starts after the tools were fetched. */
exports.run = async ({ Agent, MCPConfiguration, MockLanguageModelV3, observability }) => {
  const [server, record] = process.argv.slice(2);
  const mcp = new MCPConfiguration({
    servers: { recorder: { type: 'stdio', command: process.execPath, args: [server, record] } },
  });
  const tools = await mcp.getTools();
  const named = (name) => tools.find((tool) => tool.name.endsWith(name)).name;
  const own = observability();
  const model = scripted(MockLanguageModelV3, [
    { toolName: named('echo'), input: '{"text":"hello"}' },
    { toolName: named('fail'), input: '{}' },
    { toolName: named('broken'), input: '{}' },
  ]);
  const agent = new Agent({
    name: 'agent',
    instructions: 'Call every tool.',
    model,
    tools,
    observability: own,
  });
  const answer = await agent.generateText('Call every tool.');
  for (const step of answer.steps)
    // Stacks name files of every layer.
    for (const { toolName, output } of step.toolResults)
      console.log(toolName, JSON.stringify({ ...output, stack: undefined }));
  console.log(answer.text);
  await mcp.disconnect();
  // Nobody may be listening.
  await own.shutdown().catch((error) => console.error(error.message));
  // Timers of VoltAgent keep the process.
  process.exit(0);
};
