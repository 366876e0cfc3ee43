'use strict';

/** An agent whose scripted model asks for one tool after the other, as the user told it. */
exports.run = async ({ BaseLlm, InMemoryRunner, LlmAgent, MCPToolset }) => {
  class ScriptedModel extends BaseLlm {
    async *generateContentAsync({ contents }) {
      const parts = contents.flatMap((content) => content.parts ?? []);
      const plan = parts[0].text.split(' ');
      const name = plan[parts.filter((part) => part.functionResponse).length];
      const args = name === 'echo' ? { text: 'hello' } : {};
      const part = name === undefined ? { text: 'done' } : { functionCall: { name, args } };
      yield { content: { role: 'model', parts: [part] } };
    }
  }

  const [server, record] = process.argv.slice(2);
  const serverParams = { command: process.execPath, args: [server, record] };
  const toolset = new MCPToolset({ type: 'StdioConnectionParams', serverParams });
  const model = new ScriptedModel({ model: 'scripted' });
  const agent = new LlmAgent({ name: 'assistant', model, instruction: 'Use the tools.', tools: [toolset] });
  const runner = new InMemoryRunner({ agent });
  const newMessage = { role: 'user', parts: [{ text: 'echo fail broken' }] };
  for await (const event of runner.runEphemeral({ userId: 'ann', newMessage })) {
    for (const { functionResponse, text } of event.content?.parts ?? []) {
      if (functionResponse)
        console.log(functionResponse.name, 'gave', JSON.stringify(functionResponse.response));
      if (text) console.log(text);
    }
  }
  await toolset.close();
};
