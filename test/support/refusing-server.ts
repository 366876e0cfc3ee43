/**
 * MCP over HTTP by hand, streamable (`/mcp`) and SSE (`/sse`), on a free loopback port. A tool call named `http_403` or
 * `sse_403` is refused with that status before any JSON-RPC answer; `..._broken` has its socket cut. At `/modern` it is
 * streamable too, and knows protocol 2026-07-28.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { REPOSITORY } from './installs';

interface Message {
  id?: number | string;
  method?: string;
  params?: { name?: string };
}

type Respond = (
  method: string,
  params: unknown,
  options: { tools: boolean; modern: boolean },
) => object | undefined;

// The same answers as the scripted stdio server, which is an ordinary program.
const { respond } = require(join(REPOSITORY, 'test/programs/lib/scripted-answers.cjs')) as {
  respond: Respond;
};

/** Made by {@link startRefusingServer}. */
export class RefusingServer {
  readonly #server: Server;
  #events: ServerResponse | undefined;
  #origin = '';

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  get streamableUrl(): string {
    return `${this.#origin}/mcp`;
  }

  get modernUrl(): string {
    return `${this.#origin}/modern`;
  }

  get sseUrl(): string {
    return `${this.#origin}/sse`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isModern = request.url === '/modern';
    const isStreamable = isModern || request.url === '/mcp';
    if (request.method === 'GET' && !isStreamable) return this.#openEvents(response);
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const message = await readMessage(request);
    if (refused(message, response)) return;
    const answer = message.id === undefined ? undefined : answerTo(message, isModern);
    if (isStreamable && answer !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
      return;
    }
    response.writeHead(202).end();
    if (answer !== undefined) this.#events?.write(`event: message\ndata: ${answer}\n\n`);
  }

  #openEvents(response: ServerResponse): void {
    this.#events = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: endpoint\ndata: /messages\n\n');
  }
}

async function readMessage(request: IncomingMessage): Promise<Message> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return JSON.parse(body) as Message;
}

function refused(message: Message, response: ServerResponse): boolean {
  const wish = /^(?:http|sse)_(\d{3}|broken)$/.exec(message.params?.name ?? '')?.[1];
  if (wish === undefined) return false;
  if (wish === 'broken') response.destroy();
  else response.writeHead(Number(wish), { 'content-type': 'text/plain' }).end('refused');
  return true;
}

function answerTo({ id, method = '', params }: Message, modern: boolean): string | undefined {
  const answer = respond(method, params, { tools: true, modern });
  return answer === undefined ? undefined : JSON.stringify({ jsonrpc: '2.0', id, ...answer });
}

/** Close it in `after`. */
export async function startRefusingServer(): Promise<RefusingServer> {
  const server = new RefusingServer();
  await server.listen();
  return server;
}
