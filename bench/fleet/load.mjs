/** OTLP load out of what a real agent sent once: the same requests again and again, under new trace ids. */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

import { runAgent } from './agents.mjs';
import { spansOf } from './protobuf.mjs';

const connections = new Agent({ keepAlive: true, maxSockets: 4 });

/** Resolves when it was taken; rejects when it was refused. */
export function post(url, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    const sent = request(url, { method: 'POST', headers, agent: connections }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${url}: ${response.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Requests of 1,000 calls of a guarded agent, one in a hundred denied, and of its servers; where their trace ids are. */
export async function record() {
  const { traces, metrics } = await runAgent({ users: 5, calls: 1_000, denied: 1 });
  const templates = traces.map(({ body }) => ({
    body,
    traceIds: spansOf(body).map(({ traceId }) => traceId),
  }));
  const spans = templates.reduce((sum, { traceIds }) => sum + traceIds.length, 0);
  return { templates, spans, metrics: metrics.map(({ body }) => body) };
}

/** The recorded requests as if they were of other traces; spans of one trace stay together. */
function renewed({ templates }) {
  const key = randomBytes(16);
  return templates.map(({ body, traceIds }) => {
    const copy = Buffer.from(body);
    for (const at of traceIds) for (let index = 0; index < 16; index += 1) copy[at + index] ^= key[index];
    return copy;
  });
}

/**
 * Sends at a steady rate.
 *
 * @returns {Promise<number>} how many spans were sent
 */
export async function sendSpans(url, recorded, spansPerSecond, seconds) {
  const started = performance.now();
  let sent = 0;
  let pending = [];
  while (performance.now() - started < seconds * 1000) {
    if (pending.length === 0) pending = renewed(recorded);
    await post(`${url}/v1/traces`, pending.pop());
    sent += recorded.spans / recorded.templates.length;
    const ahead = (sent / spansPerSecond) * 1000 - (performance.now() - started);
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
  return sent;
}
