/** Asks a framework's server by raw JSON-RPC, over stdio or HTTP, each message with a trace context of the test's. */
import { createInterface, type Interface } from 'node:readline';
import { traceparent, type Caller } from '../support/check-spans';
import type { RunningProgram } from '../support/run-program';
import type { ServerRequest, Version } from './row';

export const CALLER: Caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

const PROTOCOL = '2025-06-18';
/** The first answer waits for the start, which may be a build. */
const ANSWER_MS = 50_000;
const END_MS = 5000;

const call = (name: string, given: Record<string, unknown> = {}): ServerRequest => ({
  method: 'tools/call',
  params: { name, arguments: given },
});

export const REQUESTS: readonly ServerRequest[] = [
  {
    method: 'initialize',
    params: {
      protocolVersion: PROTOCOL,
      capabilities: {},
      clientInfo: { name: 'driver', version: '1.0.0' },
    },
  },
  { method: 'notifications/initialized', notification: true },
  { method: 'tools/list' },
  call('echo', { text: 'hello' }),
  call('fail'),
  call('broken'),
];

interface Connection {
  /** @returns the answer as JSON text, {@link ACCEPTED} for a notification */
  send(message: { id?: number; method: string }): Promise<string>;
}

/** Stands for the answer that a notification has not. */
const ACCEPTED = '{"accepted":true}';

/** Runs the requests one after the other, then ends the program. @returns a line per answer */
export async function drive(running: RunningProgram, version: Version): Promise<string[]> {
  const lines = createInterface({ input: running.child.stdout });
  const answers: string[] = [];
  try {
    const connection = version.transport === 'http' ? await overHttp(lines) : overStdio(running, lines);
    for (const [id, { method, params, notification }] of (version.requests ?? REQUESTS).entries()) {
      const traced = { ...params, _meta: { traceparent: traceparent(CALLER) } };
      const message = { jsonrpc: '2.0', ...(notification ? {} : { id }), method, params: traced };
      answers.push(await connection.send(message));
    }
  } catch (error) {
    answers.push(JSON.stringify({ noAnswer: String(error) }));
  } finally {
    await end(running, version);
  }
  return answers;
}

function overStdio({ child }: RunningProgram, lines: Interface): Connection {
  return {
    send: async (message) => {
      const answer = message.id === undefined ? ACCEPTED : nextLine(lines, `"id":${message.id}`);
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return answer;
    },
  };
}

/** What comes first that contains `part`. */
function nextLine(lines: Interface, part: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      lines.off('line', check).off('close', closed);
    };
    const check = (line: string): void => {
      if (!line.includes(part)) return;
      done();
      resolve(line);
    };
    const closed = (): void => {
      done();
      reject(new Error('the server ended'));
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`nothing with ${part} within ${ANSWER_MS} ms`));
    }, ANSWER_MS);
    lines.on('line', check).once('close', closed);
  });
}

async function overHttp(lines: Interface): Promise<Connection> {
  const url = /http:\S+/.exec(await nextLine(lines, 'http://'))?.[0] ?? '';
  let session: string | undefined;
  return {
    send: async (message) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(message.method === 'initialize' ? {} : { 'mcp-protocol-version': PROTOCOL }),
          ...(session === undefined ? {} : { 'mcp-session-id': session }),
        },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      session = response.headers.get('mcp-session-id') ?? session;
      const body = await response.text();
      if (!response.ok) return JSON.stringify({ status: response.status, body });
      return message.id === undefined ? ACCEPTED : answerIn(body, message.id);
    },
  };
}

/** An answer is the body, or one of the `data:` lines of an event stream. */
function answerIn(body: string, id: number): string {
  const lines = body.split(/\r?\n/).map((line) => line.replace(/^data: ?/, ''));
  return lines.find((line) => line.startsWith('{') && line.includes(`"id":${id}`)) ?? body;
}

async function end({ child, result }: RunningProgram, { stop }: Version): Promise<void> {
  if (stop === 'SIGTERM') child.kill('SIGTERM');
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGTERM'), END_MS);
  await result;
  clearTimeout(timer);
}
