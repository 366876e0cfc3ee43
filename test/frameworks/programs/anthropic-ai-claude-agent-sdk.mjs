import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSdkMcpServer, query, tool } from '@anthropic-ai/claude-agent-sdk';
import { z } from 'zod';

const notes = createSdkMcpServer({
  name: 'notes',
  version: '1.0.0',
  tools: [
    tool('echo', 'Says it again', { text: z.string() }, async ({ text }) => ({
      content: [{ type: 'text', text }],
    })),
    tool('fail', 'Never works', {}, async () => {
      throw new Error('it failed');
    }),
  ],
});

const ended = once(process.stdin.resume(), 'end');

async function* prompt() {
  yield { type: 'user', message: { role: 'user', content: 'Use the notes.' }, parent_tool_use_id: null };
  await ended;
}

const session = query({
  prompt: prompt(),
  options: {
    mcpServers: { notes },
    pathToClaudeCodeExecutable: fileURLToPath(new URL('lib/claude-code.mjs', import.meta.url)),
    stderr: (text) => console.log(text.trim()),
  },
});
for await (const message of session) {
  if (message.type === 'result' && message.is_error) console.log(message.result);
}
