/** A model that asks for one tool after the other, in the terms of the AI SDK. */
const PLAN = ['echo', 'fail', 'broken'];

/** @param prefix - what the framework puts before the names of a server's tools */
export function scriptedTurns(usage, finish, prefix = '') {
  const turn = (reason, part) => ({ content: [part], finishReason: finish(reason), usage, warnings: [] });
  const turns = PLAN.map((name, index) =>
    turn('tool-calls', {
      type: 'tool-call',
      toolCallId: String(index),
      toolName: prefix + name,
      input: name === 'echo' ? '{"text":"hello"}' : '{}',
    }),
  );
  return [...turns, turn('stop', { type: 'text', text: 'done' })];
}
