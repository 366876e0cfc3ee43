/** `OTEL_MCP_HTTP=[host:]port`: health and metrics of a preloaded process, on loopback unless the owner names a host. */
import { createServer } from 'node:http';

import { say, warnOnce } from '../core/diagnostics';
import { readEnvironment } from '../core/environment';
import { parseAddress, type HttpAddress } from './address';
import { healthHandler, metricsHandler, sendText } from './handlers';

/** Starts the server where the variable asks for it. Never throws; a taken port is one line on stderr. */
export function serveWhereAsked(): void {
  const text = readEnvironment('OTEL_MCP_HTTP');
  if (text === undefined || text === 'off') return;
  const address = parseAddress(text);
  if (address === undefined) {
    warnOnce(
      'environment:OTEL_MCP_HTTP',
      `OTEL_MCP_HTTP is [host:]port or off, not "${text}"; nothing is served`,
    );
    return;
  }
  serve(address);
}

function serve({ host, port }: HttpAddress): void {
  const routes = new Map([
    ['/health/mcp', healthHandler()],
    ['/metrics', metricsHandler()],
  ]);
  const server = createServer((request, response) => {
    const handler = routes.get(request.url?.split('?')[0] ?? '');
    if (handler !== undefined) handler(request, response);
    else sendText(response, 404, `there are ${[...routes.keys()].join(' and ')}\n`);
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
    say(`health and metrics are not served on ${host}:${port}: ${why}; set OTEL_MCP_HTTP`);
  });
  // Neither the server nor a scraper that keeps its connection may keep the agent alive.
  server.on('connection', (socket) => socket.unref());
  server.listen(port, host);
  server.unref();
}
