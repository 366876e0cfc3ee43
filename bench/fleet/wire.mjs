/** What one call is on the wire (OTLP over HTTP, protobuf) and in the audit log. */
import { runAgent } from './agents.mjs';
import { pointsOf, spansOf } from './protobuf.mjs';

const CLIENT = 3;
const SERVER = 2;
const CALLS = 1_000;

const sum = (values, key) => values.reduce((total, value) => total + key(value), 0);
const mean = (values) => sum(values, (value) => value) / values.length;

const spansIn = ({ traces }) => traces.flatMap(({ body }) => spansOf(body));

/** What a request holds beside its spans or points: resource, scope, names of metrics. */
const frame = (requests, partsOf) =>
  mean(requests.map(({ body }) => body.length - sum(partsOf(body), ({ bytes }) => bytes)));

export async function measureWire() {
  const bare = await runAgent({ users: 5, calls: CALLS, denied: 0 }, { policy: false });
  const guarded = await runAgent({ users: 5, calls: CALLS, denied: 0 });
  const denied = await runAgent({ users: 5, calls: 200, denied: 100 });
  const zipped = await runAgent({ users: 5, calls: CALLS, denied: 0 }, { gzip: true });
  const bytesOf = (run, kind) =>
    mean(
      spansIn(run)
        .filter((span) => span.kind === kind)
        .map(({ bytes }) => bytes),
    );
  const events = spansIn(guarded).filter((span) => span.events > 0);
  const denials = spansIn(denied).filter((span) => span.events > 0);
  const agentMetrics = guarded.metrics.filter(({ body }) => body.includes('fleet-agent'));
  const points = agentMetrics.flatMap(({ body }) => pointsOf(body));
  const pointBytes = (isHistogram) =>
    mean(points.filter(({ kind }) => (kind === 'histogram') === isHistogram).map(({ bytes }) => bytes));
  const lines = guarded.audit.filter((line) => line.includes('"mcp_tool_call"'));
  return {
    clientSpanBytes: bytesOf(bare, CLIENT),
    serverSpanBytes: bytesOf(bare, SERVER),
    guardedSpanBytes: bytesOf(guarded, CLIENT),
    decisionEventBytes: mean(events.map(({ eventBytes }) => eventBytes)),
    deniedSpanBytes: mean(denials.map(({ bytes }) => bytes)),
    traceRequestBytes: frame(guarded.traces, spansOf) + guarded.headers,
    gzipRatio: sum(zipped.traces, ({ wire }) => wire) / sum(zipped.traces, ({ body }) => body.length),
    counterPointBytes: pointBytes(false),
    histogramPointBytes: pointBytes(true),
    metricRequestBytes: frame(agentMetrics, pointsOf) + guarded.headers,
    auditLineBytes: mean(lines.map((line) => line.length + 1)),
  };
}
