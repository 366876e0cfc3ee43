/** Handlers of Node's `http`, also for Express and Fastify's `reply.raw`: health and the Prometheus page. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { readEnvironment, readSwitch } from '../core/environment';
import { denialKindOfDecision } from '../guards/denials';
import { runtime } from '../pipeline/runtime';
import { CallCounter } from './call-counts';
import { healthReport, type HealthReport } from './health';

/** Answers one request. Never throws, and keeps no process alive. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Anything with the page of `@opentelemetry/exporter-prometheus`. */
export interface MetricsExporter {
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
}

const REMEDY =
  'no metrics here: the private SDK serves a page where OTEL_METRICS_EXPORTER=prometheus is set, once the agent has used MCP; ' +
  'an agent with an SDK of its own gives createMetricsHandler({ exporter }) its PrometheusExporter\n';

/** Its calls are counted from now on. */
export function healthHandler(): RequestHandler {
  const counter = new CallCounter(denialKindOfDecision);
  runtime().subscribe(counter);
  return answering((_request, response) => {
    const report = healthReport(runtime().health(), counter.counts(), isPolicyWanted(), new Date());
    sendHealth(response, report);
  });
}

export function metricsHandler(exporter?: MetricsExporter): RequestHandler {
  return answering((request, response) => {
    const page = runtime().health().telemetry?.metricsPage;
    if (page !== undefined) page(request, response);
    else if (exporter !== undefined) exporter.getMetricsRequestHandler(request, response);
    else sendText(response, 503, REMEDY);
  });
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}

function sendHealth(response: ServerResponse, report: HealthReport): void {
  response.writeHead(report.status === 'fail' ? 503 : 200, {
    'content-type': 'application/health+json',
    'cache-control': 'no-store',
  });
  response.end(`${JSON.stringify(report, null, 2)}\n`);
}

/** GET and HEAD alone; what fails on our side is a 500 and not the agent's problem. */
function answering(handler: RequestHandler): RequestHandler {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return sendText(response, 405, 'only GET and HEAD\n');
    }
    try {
      handler(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendText(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
}

function isPolicyWanted(): boolean {
  return readEnvironment('MCP_GUARD_POLICY') !== undefined || readSwitch('MCP_GUARD_REQUIRED') === true;
}
