/** The public door to the handlers, which are loaded when somebody goes through it. */
import type * as Handlers from './handlers';
import type { MetricsExporter, RequestHandler } from './handlers';

/**
 * A handler for `/health/mcp`: `application/health+json` with `status` `pass`, `warn` or `fail`, the monitoring guide's
 * `metrics`, and its words (`healthy`, `degraded`, `unhealthy`) in `status_legacy`; with a monitor the busiest tools in `usage`.
 * The status code is 503 on `fail`, else 200. Names no user and no parameter.
 *
 * Calls are counted from the moment the handler is made: make it when the agent starts.
 *
 * @returns for Node's `http`: `createServer(handler)`, Express `app.get('/health/mcp', handler)`, Fastify
 *   `(request, reply) => { reply.hijack(); handler(request.raw, reply.raw); }`
 */
export function createHealthHandler(): RequestHandler {
  return (require('./handlers') as typeof Handlers).healthHandler();
}

/**
 * A handler for `/metrics`: the page of the private SDK (`OTEL_METRICS_EXPORTER=prometheus`), else that of the exporter that
 * is given, else 503 with the remedy.
 *
 * @param options.exporter - the agent's own `PrometheusExporter`, with `preventServerStart: true`
 */
export function createMetricsHandler(options: { readonly exporter?: MetricsExporter } = {}): RequestHandler {
  return (require('./handlers') as typeof Handlers).metricsHandler(options.exporter);
}
