/** An HTTP proxy in front of one server that keeps the JSON-RPC messages of both directions, as text. */
import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordingProxy {
  readonly url: URL;
  readonly in: string[];
  readonly out: string[];
  /** Method and headers of every request but those that name lengths, hosts and connections. */
  readonly heads: string[];
  close(): void;
}

const NOT_COMPARED = new Set(['host', 'content-length', 'connection']);

export async function startRecordingProxy(target: URL): Promise<RecordingProxy> {
  const recorded = { in: [] as string[], out: [] as string[], heads: [] as string[] };
  const proxy = createServer((request, response) => void forward(request, response, target, recorded));
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const { port } = proxy.address() as AddressInfo;
  return {
    ...recorded,
    url: new URL(target.pathname, `http://127.0.0.1:${port}`),
    close: () => {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: URL,
  recorded: Pick<RecordingProxy, 'in' | 'out' | 'heads'>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (body.length > 0) recorded.in.push(body.toString());
  const headers = Object.entries(request.headers).filter(([name]) => !NOT_COMPARED.has(name));
  recorded.heads.push(JSON.stringify([request.method, headers.toSorted(([a], [b]) => a.localeCompare(b))]));
  const { method, headers: all, url } = request;
  const options = { host: target.hostname, port: target.port, method, headers: all, path: url };
  const asked = ask(options, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    record(answer, recorded.out);
    answer.pipe(response);
  });
  asked.on('error', () => response.destroy());
  response.on('close', () => asked.destroy());
  asked.end(body);
}

/** Messages come as one JSON body, or as `data:` lines of an event stream. */
function record(answer: IncomingMessage, out: string[]): void {
  let pending = '';
  const keep = (text: string): void => {
    if (text.startsWith('{')) out.push(text);
  };
  answer.setEncoding('utf8');
  answer.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) keep(line.replace(/^data: /, ''));
  });
  answer.on('end', () => keep(pending));
}
