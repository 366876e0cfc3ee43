/** Lines of a stream of text, without a promise for each of them. */
import { StringDecoder } from 'node:string_decoder';

/** @yields the lines that a chunk completes; after the last chunk what is left */
export async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  // Of a line that is not over: put together once, however many chunks it takes.
  let begun: string[] = [];
  for await (const chunk of stream) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer);
    const [first = '', ...further] = text.split('\n');
    begun.push(first);
    const last = further.pop();
    if (last === undefined) continue;
    yield [begun.join(''), ...further];
    begun = [last];
  }
  const rest = begun.join('') + decoder.end();
  if (rest !== '') yield [rest];
}
