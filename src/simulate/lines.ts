/** Lines of a stream of text, without a promise for each of them. */
import { StringDecoder } from 'node:string_decoder';

/** @yields the lines that a chunk completes; after the last chunk what is left */
export async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const text = rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer));
    const lines = text.split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines;
  }
  rest += decoder.end();
  if (rest !== '') yield [rest];
}
