/** An agent whose scripted model asks for one tool after the other, as the user told it. */
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Agent, McpClient, Model } from '@strands-agents/sdk';

class ScriptedModel extends Model {
  updateConfig() {}
  getConfig() {
    return { modelId: 'scripted' };
  }
  async *stream(messages) {
    const blocks = messages.flatMap((message) => message.content);
    const plan = blocks[0].text.split(' ');
    const done = blocks.filter((block) => block.type === 'toolResultBlock').length;
    const name = plan[done];
    const start =
      name === undefined ? {} : { start: { type: 'toolUseStart', name, toolUseId: `use-${done}` } };
    const input = JSON.stringify(name === 'echo' ? { text: 'hello' } : {});
    const delta =
      name === undefined ? { type: 'textDelta', text: 'done' } : { type: 'toolUseInputDelta', input };
    yield { type: 'modelMessageStartEvent', role: 'assistant' };
    yield { type: 'modelContentBlockStartEvent', ...start };
    yield { type: 'modelContentBlockDeltaEvent', delta };
    yield { type: 'modelContentBlockStopEvent' };
    yield { type: 'modelMessageStopEvent', stopReason: name === undefined ? 'endTurn' : 'toolUse' };
  }
}

// With the argument `tasks` calls are made as tasks are, by a stream of messages.
const [server, record, how] = process.argv.slice(2);
const transport = new StdioClientTransport({ command: process.execPath, args: [server, record] });
const client = new McpClient({ transport, ...(how === 'tasks' && { tasksConfig: {} }) });
const agent = new Agent({ model: new ScriptedModel(), tools: [client], printer: false });
const { lastMessage } = await agent.invoke('echo fail broken');
for (const block of agent.messages.flatMap((message) => message.content)) {
  if (block.type === 'toolResultBlock')
    console.log(block.toolUseId, block.status, JSON.stringify(block.content));
}
console.log(lastMessage.content[0].text);
await client.disconnect();
