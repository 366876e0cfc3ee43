/** Hands every OTLP request on to several receivers, so that what one agent sends can be compared behind each of them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OtlpTee {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Answers that were no success, of any receiver. */
  readonly refused: string[];
  close(): Promise<void>;
}

/** @param receivers - by path, such as `/v1/metrics`: base URLs that get the request as it came; the first one's answer is given */
export async function startOtlpTee(receivers: Readonly<Record<string, readonly string[]>>): Promise<OtlpTee> {
  const refused: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    void bodyOf(request).then(async (body) => {
      const headers = { 'content-type': request.headers['content-type'] ?? '' };
      const answers = (receivers[path] ?? []).map(async (receiver) => {
        const answer = await fetch(`${receiver}${path}`, { method: 'POST', headers, body });
        const text = await answer.text();
        if (!answer.ok) refused.push(`${receiver}${path}: ${answer.status} ${text}`);
        return answer.status;
      });
      const [status = 404] = await Promise.all(answers).catch((error: unknown) => {
        refused.push(String(error));
        return [503];
      });
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
