/**
 * The Prometheus endpoint. The reader and its text come from `@opentelemetry/exporter-prometheus`; the server is ours, because
 * the exporter's own leaves a scraper's kept-alive connection open, and with it the agent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { warnOnce } from '../../core/diagnostics';
import type { SdkPackages } from './packages';

export interface PrometheusReader {
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
}

interface PrometheusModule {
  readonly PrometheusExporter: new (options: { preventServerStart: boolean }) => PrometheusReader;
}

const PATH = '/metrics';

/** Serves `/metrics` on the address; a taken port is one line on stderr. Returns the metric reader. */
export function startPrometheus(
  packages: SdkPackages,
  address: { host: string; port: number },
): PrometheusReader {
  const { PrometheusExporter } = packages.load('@opentelemetry/exporter-prometheus') as PrometheusModule;
  const reader = new PrometheusExporter({ preventServerStart: true });
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] === PATH) {
      reader.getMetricsRequestHandler(request, response);
      return;
    }
    response.writeHead(404, { 'content-type': 'text/plain' }).end(`metrics are at ${PATH}\n`);
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
    warnOnce(
      'prometheus',
      `metrics are not served on ${address.host}:${address.port}: ${why}; set OTEL_EXPORTER_PROMETHEUS_PORT`,
    );
  });
  server.on('connection', (socket) => socket.unref());
  server.listen(address.port, address.host);
  server.unref();
  return reader;
}
