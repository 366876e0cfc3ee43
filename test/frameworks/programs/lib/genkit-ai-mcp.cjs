'use strict';
const { report } = require('./report.cjs');

/** A scripted model asks for the tools that the prompt names; a tool that throws ends its generation. */
exports.run = async ({ createMcpClient }, { genkit }) => {
  const ai = genkit({});
  const model = ai.defineModel({ name: 'scripted', supports: { tools: true } }, async ({ messages }) => {
    const parts = messages.flatMap((message) => message.content);
    const plan = parts[0].text.split(' ');
    const done = parts.filter((part) => part.toolResponse).length;
    const name = plan[done];
    const input = name === 'echo' ? { text: 'hello' } : {};
    const part = name === undefined ? { text: 'done' } : { toolRequest: { name, ref: String(done), input } };
    return { finishReason: 'stop', message: { role: 'model', content: [part] } };
  });

  const [server, record] = process.argv.slice(2);
  const mcpServer = { command: process.execPath, args: [server, record] };
  const client = createMcpClient({ name: 'assistant', serverName: 'recorder', mcpServer });
  await client.ready();
  const tools = await client.getActiveTools(ai);
  const ask = async (prompt) => {
    const { messages } = await ai.generate({ model, tools, prompt });
    return messages.flatMap((message) => message.content);
  };
  await report('echo, fail', () => ask('echo fail'));
  await report('broken', () => ask('broken'));
  await client.disable();
};
