/** MCP servers of both majors over HTTP, on free loopback ports, in this process. Close them in `after`. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

import { createMcpHandler } from '@modelcontextprotocol/server';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

import * as v1 from './v1';

export interface Endpoint {
  readonly url: URL;
  readonly port: number;
  close(): Promise<void>;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Serves `listener` on a free loopback port; `url` ends in `/mcp`. */
export async function serve(listener: Listener): Promise<Endpoint> {
  const http: HttpServer = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    port,
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => {
        http.close(resolve);
      });
    },
  };
}

/** SDK 1.x, streamable HTTP with sessions. */
export function serveV1(makeServer = () => v1.makeServer()): Promise<Endpoint> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  return serve(async (request, response) => {
    const session = request.headers['mcp-session-id'];
    let transport = typeof session === 'string' ? transports.get(session) : undefined;
    if (transport === undefined) {
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void transports.set(id, made),
      });
      transport = made;
      await makeServer().connect(made);
    }
    await transport.handleRequest(request, response);
  });
}

/** SDK 1.x, the old HTTP+SSE transport. */
export function serveV1Sse(): Promise<Endpoint> {
  const transports = new Map<string, SSEServerTransport>();
  return serve(async (request, response) => {
    if (request.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response);
      transports.set(transport.sessionId, transport);
      await v1.makeServer().connect(transport);
      return;
    }
    const session = new URL(request.url ?? '/', 'http://localhost').searchParams.get('sessionId');
    const transport = transports.get(session ?? '');
    if (transport === undefined) response.writeHead(404).end();
    else await transport.handlePostMessage(request, response);
  });
}

/** SDK v2, both eras, by `createMcpHandler`. */
export function serveV2(
  factory: McpServerFactory,
  intercept: (request: Request) => Promise<Response | undefined> = async () => undefined,
): Promise<Endpoint> {
  const handler = createMcpHandler(factory);
  return serve(async (incoming, outgoing) => {
    const abort = new AbortController();
    outgoing.once('close', () => abort.abort());
    const request = await webRequest(incoming, abort.signal);
    const response = (await intercept(request)) ?? (await handler.fetch(request).catch(() => undefined));
    if (response === undefined) return void outgoing.destroy();
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body === null) return void outgoing.end();
    const body = Readable.fromWeb(response.body);
    body.on('error', () => outgoing.destroy());
    body.pipe(outgoing);
  });
}

async function webRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', headers, url = '/' } = incoming;
  const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'DELETE';
  return new Request(`http://${headers.host}${url}`, {
    method,
    headers: headers as Record<string, string>,
    signal,
    ...(hasBody ? { body: Buffer.concat(chunks) } : {}),
  });
}
