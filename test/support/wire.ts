/** What passed on the wire between an agent and its server, and what two recordings may differ in: trace context. */
import assert from 'node:assert/strict';

/** Messages as JSON text, in the order in which they were sent: `in` to the server, `out` from it. */
export interface Recording {
  readonly in: readonly string[];
  readonly out: readonly string[];
}

interface Message {
  params?: { _meta?: Record<string, unknown> };
}

const TRACE_KEYS = ['traceparent', 'tracestate', 'baggage'];

export const isTraced = (line: string): boolean => line.includes('"traceparent":"00-');

/** `line` without trace context, and without a `_meta` or `params` that was there for it alone. */
function untraced(line: string, bare: Message): string {
  const message = JSON.parse(line) as Message;
  const meta = message.params?._meta;
  if (message.params === undefined || meta === undefined) return line;
  for (const key of TRACE_KEYS) delete meta[key];
  if (Object.keys(meta).length === 0 && bare.params?._meta === undefined) delete message.params._meta;
  if (Object.keys(message.params).length === 0 && bare.params === undefined) delete message.params;
  return JSON.stringify(message);
}

/** Fails at the first message that differs in more than trace context, and where one is missing or out of order. */
export function assertSameWire(bare: readonly string[], traced: readonly string[], what: string): void {
  for (let at = 0; at < Math.max(bare.length, traced.length); at += 1) {
    const [one, other] = [bare[at], traced[at]];
    assert(one !== undefined, `${what}: one more message with us: ${other}`);
    assert(other !== undefined, `${what}: a message is missing with us: ${one}`);
    const parsed = JSON.parse(one) as Message;
    assert.equal(untraced(other, parsed), untraced(one, parsed), `${what}: message ${at}`);
  }
}

/** Several connections keep no order among each other: their messages are compared as a bag. */
export function sorted(lines: readonly string[]): string[] {
  const key = (line: string): string => untraced(line, {});
  return lines.toSorted((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
}
